import type { EnvironmentRules } from "./workflowRun";

const stacks = ["dev", "staging", "prod"];

/** The environments that docs/environments.md describes, with the variables of the bootstrap. */
export function shopEnvironments({
  variablesOf = (stack) => ({
    AZURE_TENANT_ID: "tenant",
    AZURE_SUBSCRIPTION_ID: `subscription of ${stack}`,
    REGISTRAR_CLIENT_ID: `registrar of ${stack}`,
    REGISTRAR_OBJECT_ID: `object of the registrar of ${stack}`,
    CONSENTER_CLIENT_ID: `consenter of ${stack}`,
    PULUMI_BACKEND_URL: `azblob://state-${stack}`,
  }),
  approve,
}: {
  readonly variablesOf?: (stack: string) => Readonly<Record<string, string>>;
  /** The reviewers of an environment. */
  readonly approve: (environment: string) => Promise<boolean>;
}): Record<string, EnvironmentRules> {
  return Object.fromEntries(
    stacks.flatMap((stack) =>
      [stack, `${stack}-consent`, `${stack}-daily`].map((name): [string, EnvironmentRules] => [
        name,
        {
          variables: variablesOf(stack),
          branches: ["main"],
          ...(name === "prod" || name.endsWith("-consent") ? { approve: () => approve(name) } : {}),
        },
      ]),
    ),
  );
}
