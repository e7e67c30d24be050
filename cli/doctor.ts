import { cloudOf } from "@microservice-identities/well-known/clouds";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { command, dateOption, exitCodeOf, outputsOption, runIfProgram, stackOption } from "./command";
import { examinationText, examine, exitCodeFor } from "./doctor/doctor";
import { serviceEntry } from "./serviceEntry";
import { outputsFrom } from "./stackOutputs";

interface DoctorOptions {
  readonly stack: string;
  readonly outputs?: string;
  readonly service: string;
  readonly date: string;
}

async function doctor({ stack, outputs, service, date }: DoctorOptions): Promise<number> {
  const known = await outputsFrom(outputs, stack);
  const { tenantId, cloud, authority = cloudOf({ cloud }).authority, directory } = known;
  const entry = serviceEntry(directory, service);
  const tenant = await SignedInTenant.signIn(process.env).catch((error: Error) => {
    if (error instanceof TenantError) return error;
    throw error;
  });
  const patient = { stack, service, entry, tenantId, cloud, authority, directory, now: new Date(date) };
  const examination = await examine(patient, tenant);
  console.log(examinationText(examination, service));
  return exitCodeFor(examination);
}

export const doctorCommand = command("doctor", {
  does: "Checks one service from where it runs: its registration, credential, grants and vault, the tenant's policy, and whether the service can sign in from here. It prints the first problem and its remedy. It changes nothing, and prints no secret and no token. It signs in with ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or with the Azure CLI; ARM_SUBSCRIPTION_ID selects the subscription.",
  exitCodes: { 0: "no problem", 1: "there is a problem", 2: "something could not be checked" },
  example: "npm run doctor -- --stack prod --service orders",
})
  .addOption(stackOption().default("dev"))
  .addOption(outputsOption)
  .requiredOption("--service <name>", "the service")
  .addOption(dateOption)
  .action((options: DoctorOptions) => exitCodeOf(doctor(options)));
runIfProgram(__filename, doctorCommand);
