import { provableStack } from "@microservice-identities/proof/directory";
import { publicCloud } from "@microservice-identities/well-known/clouds";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { command, dateOption, exitCodeOf, oneStackOption, outputsOption } from "./command";
import { examinationText, examine, exitCodeFor } from "./doctor/doctor";
import { serviceEntry } from "./serviceEntry";
import { outputsIn, outputsOfStack } from "./stackOutputs";

interface DoctorOptions {
  readonly stack: string;
  readonly outputs?: string;
  readonly service: string;
  readonly date: string;
}

async function doctor({ stack, outputs, service, date }: DoctorOptions): Promise<number> {
  const known = provableStack.parse(await (outputs === undefined ? outputsOfStack(stack) : outputsIn(outputs)));
  const { tenantId, authority = publicCloud.authority, directory } = known;
  const entry = serviceEntry(directory, service);
  const tenant = await SignedInTenant.signIn(process.env).catch((error: Error) => {
    if (error instanceof TenantError) return error;
    throw error;
  });
  const patient = { stack, service, entry, tenantId, authority, directory, now: new Date(date) };
  const examination = await examine(patient, tenant);
  console.log(examinationText(examination, service));
  return exitCodeFor(examination);
}

command(
  "doctor",
  "Looks at one service from where it runs: its registration, credential, grants, vault, the tenant's policy, and whether it can sign in from here. Says the first thing that is wrong, and how to mend it. It only reads, and shows no secret and no token.\nSigns in by ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or by the Azure CLI; ARM_SUBSCRIPTION_ID says where.\nExit codes: 0 nothing is wrong, 1 something is, 2 something could not be looked at.",
)
  .addOption(oneStackOption)
  .addOption(outputsOption)
  .requiredOption("--service <name>", "the service")
  .addOption(dateOption)
  .action((options: DoctorOptions) => exitCodeOf(doctor(options)))
  .parse();
