/**
 * A pod is the service itself, if the subject names a single service account of the cluster.
 * https://learn.microsoft.com/azure/aks/workload-identity-overview
 *
 * @param trusts the issuer and the subject, as in `ServiceCredential.trusts`
 */
export const isServiceAccount = (trusts: string): boolean =>
  /^https:\/\/[a-z0-9]+\.oic\.prod-aks\.azure\.com\/[^\s*]*: system:serviceaccount:[^:*]+:[^:*]+$/.test(trusts);
