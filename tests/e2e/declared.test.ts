import { readdirSync } from "node:fs";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { readProject } from "@microservice-identities/engine/deployment/project";
import { readStackConfig } from "@microservice-identities/engine/deployment/stackConfig";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { prove } from "@microservice-identities/test-support/proof";
import { landscapes } from "../../stacks/landscapes";
import { readLandscape, readSettings } from "../../stacks/settings";

jest.setTimeout(120_000);

const stacks = readdirSync(projectFolder).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
const stack = stacks.includes("dev") ? "dev" : stacks[0];

/** Whatever a team has made of the shop, and of the stacks: what is expected is read from there. */
(stack === undefined ? describe.skip : describe)(`the landscape of the stack ${stack}`, () => {
  it("is deployed, and proved call by call as it is declared", async () => {
    const name = stack ?? "";
    const { name: project } = await readProject(projectFolder);
    const config = await readStackConfig(projectFolder, name);
    const { services } = readLandscape(readSettings(config, project, name), landscapes);
    const declared = Object.entries(services).flatMap(([caller, { calls = {} }]) =>
      Object.entries(calls)
        // A call to another landscape waits for that one's stack.
        .filter(([api]) => !api.includes("/"))
        .map(([api, { roles }]) => [`${caller} → ${api}`, [...roles].sort()]),
    );

    const azure = await startLocalAzure();
    try {
      const deployer = new BuiltInStack({ azure, projectFolder, stack: name });
      // Of a service with a certificate only the team has the private key: every service gets a client secret here.
      const { outputs } = await deployer.up({
        config: { authority: azure.authority, credential: "secret", services: "{}" },
      });
      const report = await prove(azure, outputs);
      expect(differencesOf(report)).toEqual([]);
      expect([...report.services].sort()).toEqual(Object.keys(services).sort());
      const proved = report.calls.filter((call) => call.declared.length > 0);
      expect(Object.fromEntries(proved.map(({ caller, api, got }) => [`${caller} → ${api}`, got]))).toEqual(
        Object.fromEntries(declared),
      );
    } finally {
      await azure.close();
    }
  });
});
