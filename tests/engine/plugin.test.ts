import { writeFile } from "node:fs/promises";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { type CliProject, cliProject } from "@microservice-identities/test-support/cliProject";
import { projectFolder } from "@microservice-identities/test-support/processes";

jest.setTimeout(600_000);

type Json = Record<string, unknown>;

/** Registers the component by its type, without its code, like a program in any language. */
const program = (authority: string) => `
import * as pulumi from "@pulumi/pulumi";
class Landscape extends pulumi.ComponentResource {
  declare readonly clientIds: pulumi.Output<Record<string, string>>;
  constructor(name: string, args: Record<string, unknown>) {
    super("microservice-identities:index:Landscape", name, { ...args, clientIds: undefined }, {}, true);
  }
}
const shop = new Landscape("shop", {
  environment: "dev", location: "westeurope", rotation: { since: "2026-11-01" }, authority: ${JSON.stringify(authority)},
  services: {
    orders: { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read orders." } } },
    reporting: {
      description: "Sums up the day.", federated: true,
      calls: { orders: { roles: ["Orders.Read"], because: "Counts the orders of the day." } },
    },
  },
});
export const { clientIds } = shop;
`;

if (pulumiWithAzure() === undefined) {
  it.skip("the plugin under a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describe("the plugin under the real engine", () => {
    let azure: TestAzure;
    let project: CliProject;
    beforeAll(async () => {
      azure = await startTestAzure();
      const providers = [{ name: "microservice-identities", path: projectFolder }];
      project = await cliProject(azure, "shop", { plugins: { providers } });
      await writeFile(path.join(project.folder, "index.ts"), program(azure.azure.authority));
    });
    afterAll(async () => {
      await azure.close();
      await project.remove();
    });

    it("deploys a landscape with exactly its grant, changes nothing in a second deployment, and destroys its registrations", async () => {
      const { pulumi } = project;
      await pulumi("stack", "init", "dev");
      const up = await pulumi("up", "--yes", "--skip-preview", "--stack", "dev", "--color", "never");
      expect([up.code, up.code === 0 ? "" : up.stdout + up.stderr]).toEqual([0, ""]);
      const { stdout } = await pulumi("stack", "output", "--stack", "dev", "--json");
      const { clientIds } = JSON.parse(stdout) as { clientIds: Record<string, string> };
      const principalOf = async (service: string) => {
        const path = `/v1.0/servicePrincipals?$filter=${encodeURIComponent(`appId eq '${clientIds[service]}'`)}`;
        return (await azure.graph("GET", path)).body.value[0];
      };
      const [orders, reporting] = [await principalOf("orders"), await principalOf("reporting")];
      const { body } = await azure.graph("GET", `/v1.0/servicePrincipals/${orders.id}/appRoleAssignedTo`);
      expect(body.value.map((grant: Json) => [grant.principalId, grant.appRoleId])).toEqual([
        [reporting.id, orders.appRoles[0].id],
      ]);
      const again = await pulumi("up", "--yes", "--stack", "dev", "--color", "never", "--expect-no-changes");
      expect([again.code, again.code === 0 ? "" : again.stdout + again.stderr]).toEqual([0, ""]);
      const destroyed = await pulumi("destroy", "--yes", "--stack", "dev", "--color", "never");
      expect([destroyed.code, destroyed.code === 0 ? "" : destroyed.stdout + destroyed.stderr]).toEqual([0, ""]);
      const left = await azure.graph("GET", "/v1.0/applications");
      expect(left.body.value.filter(({ appId }: Json) => Object.values(clientIds).includes(`${appId}`))).toEqual([]);
    });
  });
}
