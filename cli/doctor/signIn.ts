import { readFile } from "node:fs/promises";
import { identityOf } from "@microservice-identities/proof/provedService";
import { tokenRefusal } from "@microservice-identities/proof/tokenRefusal";
import { vaultReading } from "@microservice-identities/proof/vaultReading";
import { Caller, TokenError } from "@microservice-identities/runtime/caller";
import { configurationFrom } from "@microservice-identities/runtime/configuration";
import { cloudOf } from "@microservice-identities/well-known/clouds";
import { serviceVariables } from "../../components/serviceVariables";
import { type Check, type Diagnosis, deployWithRefresh, type Patient, Unseen } from "./examination";

/** Signs in as the service from where the doctor runs, reads its secret, and requests a token for each call. */
export const signIn: Check = {
  what: "the sign-in from here",
  async examine(patient) {
    const file = process.env.AZURE_FEDERATED_TOKEN_FILE;
    const serviceToken = patient.entry.workload && file ? (await readFile(file, "utf8")).trim() : undefined;
    if (patient.entry.workload && serviceToken === undefined)
      throw new Unseen(`this is not a pod of ${patient.service}: AZURE_FEDERATED_TOKEN_FILE is not set`);
    const identity = identityOf(patient.entry, serviceToken, patient);
    const refusal = await tokenRefusal(identity, cloudOf(patient), "no answer in 10 s");
    if (refusal !== undefined)
      throw new Unseen(
        `the identity of ${patient.service} returns no token here, so the service does not run here: ${refusal}`,
      );
    return (await readingOf(patient, identity)) ?? (await tokensOf(patient, file));
  },
};

async function readingOf(patient: Patient, identity: ReturnType<typeof identityOf>): Promise<Diagnosis | undefined> {
  const { service, entry, stack } = patient;
  if (entry.vaultUri === undefined || entry.credential.kind === "federated") return undefined;
  const { secretName } = entry.credential;
  const answer = await vaultReading({ identity }, { vaultUri: entry.vaultUri, secretName });
  if (answer.status === 200) return undefined;
  if (answer.network !== undefined)
    return {
      wrong: `the network rules of the vault of ${service} do not admit this host (403 ${answer.network})`,
      mend: [
        `Add the workload's subnet, or its public address, to vault.network in Pulumi.${stack}.yaml; with a private endpoint, let the host resolve ${new URL(entry.vaultUri).hostname} to its private address. Then:`,
        `npm run up -- --stack ${stack}`,
      ],
    };
  if (answer.status === 0)
    return {
      wrong: `the vault of ${service} does not answer here${answer.reason}`,
      mend: [`Check the name resolution and the route from here to ${new URL(entry.vaultUri).host}.`],
    };
  return {
    wrong: `${service} cannot get its secret ${secretName}: ${answer.status}${answer.reason}`,
    mend: [deployWithRefresh(patient), "A new access policy or role takes minutes to take effect everywhere."],
  };
}

async function tokensOf(patient: Patient, file: string | undefined): Promise<Diagnosis | undefined> {
  const { service, entry } = patient;
  const projected = entry.workload && file ? { AZURE_FEDERATED_TOKEN_FILE: file } : {};
  const configuration = configurationFrom({ ...serviceVariables(patient, service), ...projected });
  const caller = new Caller(configuration, { attempts: 2, timeout: 20, propagation: 0 });
  for (const api of Object.keys(configuration.scopes)) {
    try {
      await caller.tokenFor(api);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      return {
        wrong: `${service} gets no token for ${api}: ${error.code}`,
        mend: [`${error.remedy}. docs/operations.md lists the codes.`],
      };
    }
  }
  return undefined;
}
