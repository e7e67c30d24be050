import { bootstrappedStacks, type HostMaker } from "../bootstrappedStacks";
import { simulatedOrganization } from "./simulatedOrganization";

const issuer = "https://vstoken.dev.azure.com/7b2e8f4c-0d4e-4f43-9d4b-5a3f0a7f6c11";
const subjectOf = (connection: string) => `sc://acme/shop/${connection}`;

/** An organization whose service connections the local Azure trusts. @param hostOf executes the deployments. Default: the built-in engine */
export async function deployedOrganization(hostOf?: HostMaker) {
  const trustOf = (stack: string) => ({
    githubSubject: undefined,
    azurePipelines: Object.fromEntries(
      ["registrar", "consenter"].map((role) => [role, { issuer, subject: subjectOf(`${role}-${stack}`) }]),
    ),
  });
  const stacks = await bootstrappedStacks(trustOf, hostOf);
  const { azure, origin, host, variablesOf, approve, idToken } = stacks;
  const organization = await simulatedOrganization({
    ...{ origin, approve, commands: host.commands, subscriptionId: azure.subscriptionId },
    // Exactly the variables that docs/environments.md puts into the group.
    groupOf: (stack) => {
      const { PULUMI_BACKEND_URL = "", REGISTRAR_CLIENT_ID = "", REGISTRAR_OBJECT_ID = "" } = variablesOf(stack);
      return { PULUMI_BACKEND_URL, REGISTRAR_CLIENT_ID, REGISTRAR_OBJECT_ID };
    },
    signIn: async (connection) => {
      const [role = "", stack = ""] = connection.split("-");
      return {
        servicePrincipalId: variablesOf(stack)[`${role.toUpperCase()}_CLIENT_ID`] ?? "",
        tenantId: azure.tenantId,
        idToken: await idToken(issuer, { sub: subjectOf(connection) }, "api://AzureADTokenExchange"),
      };
    },
  });
  return {
    ...stacks,
    organization,
    async close() {
      await organization.close();
      await stacks.close();
    },
  };
}
