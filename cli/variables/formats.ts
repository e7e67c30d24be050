import { UserError } from "@microservice-identities/validation/userError";
import { stringify } from "yaml";
import { accountAnnotations } from "../../components/serviceVariables";

/** A service, as platforms need to know it. */
export interface Workload {
  readonly service: string;
  /** The environment variables by name. */
  readonly variables: Readonly<Record<string, string>>;
  /** The Azure resource id of the managed identity; absent for a service account in Kubernetes. */
  readonly identityId: string | undefined;
  /** The service accounts in Kubernetes that may run as it. */
  readonly accounts: readonly { readonly namespace: string; readonly serviceAccount: string }[];
}

export const formats = ["dotenv", "json", "containerapp", "appservice", "kubernetes"] as const;
export type Format = (typeof formats)[number];

/** The text for one platform, and instructions for people. */
export interface FormattedVariables {
  readonly text: string;
  readonly notes: readonly string[];
}

/** @throws UserError for a platform that cannot run the service */
export function formatted(format: Format, workload: Workload): FormattedVariables {
  const { service, variables } = workload;
  const list = Object.entries(variables).map(([name, value]) => ({ name, value }));
  switch (format) {
    case "dotenv":
      return { text: dotenv(variables), notes: [] };
    case "json":
      return { text: `${JSON.stringify(variables, null, 2)}\n`, notes: [] };
    case "containerapp":
      return {
        text: stringify({
          identity: { type: "UserAssigned", userAssignedIdentities: { [identityOf(workload)]: {} } },
          properties: { template: { containers: [{ name: service, env: list }] } },
        }),
        notes: [
          "Merge it into the file that `az containerapp create --yaml` or `az containerapp update --yaml` reads.",
        ],
      };
    case "appservice":
      return {
        text: `${JSON.stringify(
          list.map((setting) => ({ ...setting, slotSetting: false })),
          null,
          2,
        )}\n`,
        notes: [
          "For a web app (az webapp) and for a function app (az functionapp) alike:",
          "  az webapp config appsettings set --resource-group <group> --name <app> --settings @<file>",
          `  az webapp identity assign --resource-group <group> --name <app> --identities ${identityOf(workload)}`,
        ],
      };
    case "kubernetes":
      return kubernetes(workload);
  }
}

/** Quoted so that a shell and dotenv read the same values. */
const dotenv = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => {
      if (!value.includes("'")) return `${name}='${value}'\n`;
      throw new UserError(
        `${name} contains a single quote, which this format cannot express: ${value}. Use --format json`,
      );
    })
    .join("");

function identityOf({ service, identityId }: Workload): string {
  if (identityId !== undefined) return identityId;
  throw new UserError(
    `${service} has no managed identity: its registration trusts a Kubernetes service account. Use --format kubernetes, or remove services.${service}.workload from the settings and deploy`,
  );
}

/** https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html */
function kubernetes({ service, variables, accounts }: Workload): FormattedVariables {
  if (accounts.length === 0)
    throw new UserError(
      `no service account may run as ${service}: add services.${service}.workload.kubernetes to the settings, and deploy`,
    );
  const name = `${service}-identity`;
  const documents = accounts.flatMap(({ namespace, serviceAccount }) => [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: serviceAccount, namespace, annotations: accountAnnotations(variables) },
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: variables },
  ]);
  // Two clusters can have an account of the same name. Both use the same document, so it is printed once.
  const distinct = [...new Set(documents.map((document) => stringify(document)))];
  return {
    text: distinct.join("---\n"),
    notes: [
      "Apply it with `kubectl apply -f -`. A pod that runs as the service needs, in its template:",
      `  metadata.labels:            azure.workload.identity/use: "true"`,
      `  spec.serviceAccountName:    ${[...new Set(accounts.map(({ serviceAccount }) => serviceAccount))].join(" or ")}`,
      `  spec.containers[].envFrom:  [{ configMapRef: { name: ${name} } }]`,
    ],
  };
}
