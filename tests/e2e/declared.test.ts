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

/** A team may have changed the landscape and the stacks, so the test reads from them what to expect. */
(stack === undefined ? describe.skip : describe)(`the landscape of the stack ${stack}`, () => {
  it("can be deployed, and the proof confirms each declared call", async () => {
    const name = stack ?? "";
    const { name: project } = await readProject(projectFolder);
    const config = await readStackConfig(projectFolder, name);
    const { services } = readLandscape(readSettings(config, project, name), landscapes);
    const declared = Object.entries(services).flatMap(([caller, { calls = {} }]) =>
      Object.entries(calls)
        // A call to another landscape is granted only after the other stack's deployment.
        .filter(([api]) => !api.includes("/"))
        .map(([api, { roles }]) => [`${caller} → ${api}`, [...roles].sort()]),
    );

    const azure = await startLocalAzure();
    try {
      const deployer = new BuiltInStack({ azure, projectFolder, stack: name });
      // Only the team has the private keys of services with certificates. Here every service gets a client secret.
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
