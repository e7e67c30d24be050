import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { kubernetesName, kubernetesNamespace, tokenIssuer } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { ArgumentError } from "../packages/validation/userError";
import { serviceAccountSubject } from "../packages/well-known/serviceAccount";
import { checked } from "./checked";

/** A service account in a Kubernetes cluster, whose pods run as a service. */
export interface KubernetesAccount {
  /** The issuer of the cluster's tokens, exactly as the tokens name it: on AKS `oidcIssuerProfile.issuerUrl`, with the slash at its end. */
  readonly issuer: pulumi.Input<string>;
  /** The namespace of the service account. */
  readonly namespace: string;
  /** The name of the service account. */
  readonly serviceAccount: string;
}

/** A federated identity credential that an account needs. */
export interface AccountTrust {
  /** 3 to 120 letters, digits and hyphens; stays the same when other accounts come and go. */
  readonly name: string;
  readonly issuer: pulumi.Output<string>;
  readonly subject: string;
  readonly description: string;
}

/**
 * The federated identity credentials for accounts. Each names one account: Entra does not accept patterns for the tokens of a
 * cluster (https://github.com/Azure/AKS/issues/4688). An application or a managed identity can have at most 20 credentials.
 *
 * @throws ArgumentError for more than 20 accounts, or for one that is named twice
 */
export function trustsOf(where: string, accounts: readonly KubernetesAccount[]): AccountTrust[] {
  const { federatedCredentials: most } = limits;
  if (accounts.length === 0 || accounts.length > most)
    throw new ArgumentError(`${where}: workload.kubernetes`, `${accounts.length} service accounts`, `1 to ${most}`);
  const trusts = accounts.map(({ issuer, namespace, serviceAccount }, index) => {
    const at = `${where}: workload.kubernetes[${index}]`;
    checked(`${at}.namespace`, namespace, kubernetesNamespace);
    checked(`${at}.serviceAccount`, serviceAccount, kubernetesName);
    return {
      name: nameOf(issuer, namespace, serviceAccount),
      issuer: checked(`${at}.issuer`, issuer, tokenIssuer),
      subject: serviceAccountSubject(namespace, serviceAccount),
      description: "A service account in Kubernetes whose pods run as the service.",
    };
  });
  const names = trusts.map(({ name }) => name);
  const repeated = trusts.find(({ name }, index) => names.indexOf(name) !== index);
  if (repeated)
    throw new ArgumentError(`${where}: workload.kubernetes`, repeated.subject, "each account of a cluster once");
  return trusts;
}

/** The name contains a digest of the issuer, so accounts of the same name in two clusters differ, unless an issuer is not known yet. */
function nameOf(issuer: pulumi.Input<string>, namespace: string, serviceAccount: string): string {
  const identified = [typeof issuer === "string" ? issuer : "", namespace, serviceAccount].join("|");
  const digest = createHash("sha256").update(identified).digest("hex").slice(0, 8);
  return `${`${namespace}-${serviceAccount}`.replaceAll(".", "-").slice(0, 100)}-${digest}`;
}
