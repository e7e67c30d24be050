import {
  closeOrganizations,
  recordedOrganization,
} from "@microservice-identities/test-support/pipelines/azure/recordedOrganization";

jest.setTimeout(60_000);
afterEach(closeOrganizations);

const stacks = ["dev", "staging", "prod"];

describe("deploy.yml of Azure Pipelines", () => {
  it("deploys and proves dev, then staging, then prod, each after its approvers consent, and tags each deployed revision", async () => {
    const { deploy, origin, asked, calls, deployments } = await recordedOrganization();
    const { results } = await deploy();
    expect(results).toEqual(
      Object.fromEntries(
        stacks.flatMap((stack) => [
          ...[`${stack}_plan`, `${stack}_consent`, `${stack}_prove`].map((stage) => [stage, "Succeeded"]),
          [`${stack}_everyday`, "Skipped"],
        ]),
      ),
    );
    // The registrar in the variable group owns the created objects, no matter who consents.
    expect(calls.map(({ line }) => line).filter((line) => line.startsWith("pulumi config set --stack prod"))).toEqual([
      "pulumi config set --stack prod azuread:clientId registrar of prod",
      "pulumi config set --stack prod azure-native:clientId registrar of prod",
      "pulumi config set --stack prod owner object of the registrar of prod",
    ]);
    expect(deployments()).toEqual(stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]));
    expect(asked).toEqual(stacks.map((stack) => `${stack}-consent`));
    const main = await origin.commitOf("main");
    for (const stack of stacks) expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(main);
  });
});

describe("pull-request.yml of Azure Pipelines", () => {
  it("tests and reviews the change, comments with the build's token, and previews dev as the previewer", async () => {
    const { validate, origin, calls } = await recordedOrganization();
    await origin.push("change", "A change");
    expect((await validate("change")).results).toEqual({ Check: "Succeeded" });
    const done = calls.map(({ line, clientId }) =>
      line.startsWith("pulumi preview") ? `preview as the ${clientId}` : line,
    );
    expect(done.filter((line) => /^(npm (test|run review)|comment|preview)/.test(line))).toEqual([
      "npm test",
      "npm test",
      "npm run review -- --every-stack --beside staging --against refs/remotes/origin/main --out review.md --out review.sarif --out review.html",
      "comment with the build's token",
      "preview as the previewer of dev",
    ]);
  });
});
