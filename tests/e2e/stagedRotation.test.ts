import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { localConfig } from "../../cli/deployingCommand";
import { defaultRotation, type IssuedSecret, nextRotation } from "../../components/rotation";
import program from "../../stacks/index";

jest.setTimeout(60_000);

/** What these tests cannot prove: that no replica of Entra is slower than those that the deployment has asked. */
describe("a new client secret", () => {
  const policy = { since: "2026-11-01", ...defaultRotation };
  const rotationDay = nextRotation(new Date(policy.since), policy, "solo");
  const dayAfter = (days: number) => new Date(Date.parse(rotationDay) + days * 86_400_000).toISOString().slice(0, 10);
  /** Each test deploys its own stack on the same local Azure, because starting one for each test would take most of the time. */
  const stacks = ["one", "two", "three", "four", "five"];
  let azure: TestAzure;
  let stack: BuiltInStack;
  let environment: string;
  let folder: string;
  const { stackTraceLimit } = Error;
  beforeAll(async () => {
    // The SDK records a call stack for each promise. To map them to the sources would take most of the time.
    Error.stackTraceLimit = 0;
    const settings = { location: "westeurope", rotation: policy };
    folder = await projectWith(Object.fromEntries(stacks.map((name) => [name, settings])));
    const services = { solo: { description: "Alone.", appRoles: { Read: { description: "Read." } } } };
    await writeLandscape(folder, "small", { services });
    azure = await startTestAzure();
  });
  beforeEach(async () => {
    environment = stacks.shift() ?? "";
    stack = new BuiltInStack({ azure: azure.azure, projectFolder: folder, stack: environment }, program);
    await up(policy.since);
  });
  afterEach(() => {
    azure.azure.faults.clear();
    azure.azure.tenant.conditionalAccess.policies.clear();
  });
  afterAll(async () => {
    Error.stackTraceLimit = stackTraceLimit;
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  const config = (date: string) => ({
    ...localConfig(azure.azure),
    landscapeFile: path.join(folder, "small.yaml"),
    date,
  });
  const up = async (date: string, by = stack) => {
    const { operations, outputs } = await by.up({ config: config(date) });
    const { issued, directory } = outputs as {
      issued: { solo: IssuedSecret[] };
      directory: { solo: { credential: { expires: string; keyIds: string[] } } };
    };
    const { same: _, ...changes } = operations;
    return { changes, issued: issued.solo, credential: directory.solo.credential };
  };
  const unchanged = { create: 0, update: 0, replace: 0, delete: 0 };
  const versions = () =>
    [...azure.azure.subscription.vaults.values()]
      .filter(({ id }) => id.split("/")[4]?.endsWith(`-${environment}`))
      .flatMap(({ secrets }) => secrets.get("client-secret") ?? []);
  const application = () => {
    const found = [...azure.azure.tenant.applications.values()].find(
      ({ displayName }) => displayName === `solo-${environment}`,
    );
    if (!found) throw new Error("the service is not deployed");
    return found;
  };
  /** The error codes of the deployments' sign-ins as the service, in the order of the sign-ins. */
  const signIns = () =>
    azure.azure.tenant.signIns
      .all()
      .filter(({ client }) => client.displayName === `solo-${environment}`)
      .map(({ errorCode }) => errorCode)
      .reverse();
  const signInAs = (client_secret = "") =>
    azure.askForToken({
      grant_type: "client_credentials",
      client_id: application().appId,
      client_secret,
      scope: "https://vault.azure.net/.default",
    });
  /** Blocks sign-ins as the service, as if the pipeline were outside the allowed networks. */
  const block = () => {
    azure.azure.tenant.conditionalAccess.policies.set("networks", {
      ...{ id: "networks", createdDateTime: "", displayName: "networks", state: "enabled" },
      conditions: {
        applications: { includeApplications: ["All"], excludeApplications: [] },
        clientApplications: {
          includeServicePrincipals: [azure.azure.tenant.servicePrincipalOf(application().appId)?.id ?? ""],
          excludeServicePrincipals: [],
        },
        locations: null,
      },
      grantControls: { operator: "OR", builtInControls: ["block"] },
    });
  };

  it("is published after Entra has accepted it ten times in a row; a service's first secret is published at once", async () => {
    expect([versions().length, signIns()]).toEqual([1, []]);
    azure.azure.faults.set({ replicas: 4, tokenReplication: { credentialSeconds: 0.4 } });
    const { changes, issued } = await up(rotationDay);
    expect(changes).toEqual({ create: 1, update: 1, replace: 0, delete: 0 });
    expect([signIns().includes(7000215), signIns().slice(-10)]).toEqual([true, Array.from({ length: 10 }, () => 0)]);
    const [first, second] = versions();
    expect(second?.tags).toMatchObject({ window: rotationDay, previousVersion: first?.version });
    expect(issued.map(({ version, waitingSince }) => [version, waitingSince])).toEqual([
      [first?.version, undefined],
      [second?.version, undefined],
    ]);
    const answers = await Promise.all(Array.from({ length: 40 }, () => signInAs(second?.value)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const before = signIns().length;
    expect((await up(rotationDay)).changes).toEqual(unchanged);
    expect(signIns()).toHaveLength(before);
  });

  it("is also published if the program runs in a separate process", async () => {
    expect((await up(rotationDay, stack.inOwnProcess())).changes).toMatchObject({ create: 1, update: 1 });
    expect([versions().length, signIns()]).toEqual([2, Array.from({ length: 10 }, () => 0)]);
  });

  it("waits if the pipeline cannot sign in as the service, and is published by a deployment on a later day", async () => {
    block();
    const [first] = versions();
    const created = await up(rotationDay);
    expect(created.changes).toEqual({ create: 1, update: 0, replace: 0, delete: 0 });
    expect(versions()).toEqual([first]);
    expect(signIns()).toEqual([53003, 53003, 53003]);
    expect(application().passwordCredentials.map(({ displayName }) => displayName)).toEqual([
      `window ${rotationDay}`,
      "window 2026-11-01",
    ]);
    expect(created.issued.map(({ id, waitingSince }) => [id, waitingSince])).toEqual([
      [policy.since, undefined],
      [rotationDay, rotationDay],
    ]);
    expect(created.credential.expires).toBe(created.issued[0]?.secretEnd);

    // The daily run ends with a preview, which must find no change on the same day.
    expect(await stack.preview({ config: config(rotationDay) })).toMatchObject(unchanged);
    expect((await up(rotationDay)).changes).toEqual(unchanged);
    expect(await stack.preview({ config: config(dayAfter(1)) })).toMatchObject({ ...unchanged, update: 1 });
    const asked = signIns().length;

    const published = await up(dayAfter(1));
    expect(published.changes).toEqual({ ...unchanged, update: 1 });
    expect(signIns().length - asked).toBe(3);
    expect(versions()[1]?.tags).toMatchObject({ window: rotationDay, previousVersion: first?.version });
    expect(published.credential.expires).toBe(created.issued[1]?.secretEnd);
    expect(published.issued.map(({ published: on, waitingSince }) => [on, waitingSince])).toEqual([
      [policy.since, undefined],
      [dayAfter(1), undefined],
    ]);
    // The overlap begins with the publication.
    expect((await up(dayAfter(14))).changes).toEqual(unchanged);
    expect((await up(dayAfter(15))).changes).toEqual({ ...unchanged, delete: 1 });
    azure.azure.tenant.conditionalAccess.policies.clear();
    expect([(await signInAs(first?.value)).status, (await signInAs(versions()[1]?.value)).status]).toEqual([401, 200]);
  });

  it("waits if Entra cannot be reached, and is published by the first deployment that can sign in with it", async () => {
    azure.azure.faults.set({ faults: [{ endpoint: "entra", path: "/token", kind: "dropped", from: 2 }] });
    expect((await up(rotationDay)).changes).toEqual({ create: 1, update: 0, replace: 0, delete: 0 });
    azure.azure.faults.clear();
    expect((await up(rotationDay)).changes).toEqual({ ...unchanged, update: 1 });
    expect(signIns().slice(-10)).toEqual(Array.from({ length: 10 }, () => 0));
  });

  it("is published at once after a revocation, because the earlier secrets stop working", async () => {
    block();
    const services = JSON.stringify({ solo: { revoked: { times: 1, reason: "Seen in a log." } } });
    await stack.up({ config: { ...config(rotationDay), services } });
    expect([versions().length, signIns()]).toEqual([2, []]);
  });
});
