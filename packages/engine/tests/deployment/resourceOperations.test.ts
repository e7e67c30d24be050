import type { TestAzure } from "@microservice-identities/test-support/azure";
import type { AzureClient } from "../../deployment/azureClient";
import { ResourceOperations } from "../../deployment/resourceOperations";
import type { StackState } from "../../deployment/stackState";
import { emptyStack } from "./support/emptyStack";

describe("a deployment after another one", () => {
  let azure: TestAzure;
  let client: AzureClient;
  let state: StackState;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ azure, client, state, close } = await emptyStack());
  });
  afterEach(() => close());

  type Wanted = [type: string, name: string, inputs: Record<string, unknown>, options?: { protect?: boolean }];
  /** Deploys only these resources. @returns the operations, each as `operation name` */
  const deploy = async (...wanted: Wanted[]): Promise<string[]> => {
    const done: string[] = [];
    const operations = new ResourceOperations(client, state, ({ operation, name }) =>
      done.push(`${operation} ${name}`),
    );
    for (const [type, name, inputs, { protect = false } = {}] of wanted)
      await operations.register({ urn: urnOf(type, name), type, inputs, deletedWith: "", protect });
    await operations.deleteUnwanted();
    return done;
  };
  const urnOf = (type: string, name: string) => `urn:pulumi:dev::test::${type}::${name}`;
  const registration = "azuread:index/application:Application";
  const uriType = "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri";
  const string = "random:index/randomString:RandomString";
  const application = (displayName: string, more: object = {}): Wanted => [
    registration,
    "app",
    // If the inputs contain no owner, the provider removes the deployer from the owners.
    { displayName, owners: [ownerOf(azure)], ...more },
  ];
  const identifierUri = (word: string): Wanted => {
    const deployed = state.resources.get(urnOf(registration, "app"));
    const uri = `api://${deployed?.outputs.clientId}/${word}`;
    return [uriType, "uri", { applicationId: deployed?.id, identifierUri: uri }];
  };
  const word: Wanted = [string, "word", { length: 5, special: false }];
  const ownerOf = ({ azure: { tenant, deployer } }: TestAzure) =>
    [...tenant.servicePrincipals.values()].find(({ appId }) => appId === deployer.ARM_CLIENT_ID)?.id;
  const applications = () => [...azure.azure.tenant.applications.values()].map(({ displayName }) => displayName).sort();

  it("creates, keeps, updates, replaces and deletes resources", async () => {
    expect(await deploy(application("first"))).toEqual(["create app"]);
    expect(await deploy(application("first"), identifierUri("one"))).toEqual(["same app", "create uri"]);
    expect(await deploy(application("second"), identifierUri("one"))).toEqual(["update app", "same uri"]);
    expect(await deploy(application("second"), identifierUri("two"))).toEqual(["same app", "replace uri"]);
    const [deployed] = [...azure.azure.tenant.applications.values()].filter((a) => a.displayName === "second");
    expect(deployed?.identifierUris).toEqual([`api://${deployed?.appId}/two`]);
    expect(await deploy()).toEqual(["delete uri", "delete app"]);
    expect(applications()).toEqual(["deployer"]);
  });

  it("lists in a preview what it would do, and changes nothing", async () => {
    await deploy(application("first"), word);
    const done: string[] = [];
    const preview = new ResourceOperations(
      client,
      state,
      ({ operation, name }) => done.push(`${operation} ${name}`),
      true,
    );
    const [type, name, inputs] = application("second");
    await preview.register({ urn: urnOf(type, name), type, inputs, deletedWith: "", protect: false });
    await preview.deleteUnwanted();
    expect(done).toEqual(["update app", "delete word"]);
    expect(applications()).toEqual(["deployer", "first"]);
    expect(await deploy(application("first"), word)).toEqual(["same app", "same word"]);
  });

  it("notices in a refresh that a resource was deleted by hand, and creates it again", async () => {
    await deploy(application("first"), word);
    const [byHand] = [...azure.azure.tenant.applications.values()].filter((a) => a.displayName === "first");
    await azure.graph("DELETE", `/v1.0/applications/${byHand?.id}`);
    expect(await new ResourceOperations(client, state, () => {}).refresh()).toBe(1);
    expect(await deploy(application("first"), word)).toEqual(["create app", "same word"]);
    expect(applications()).toEqual(["deployer", "first"]);
  });

  it("refuses to delete a protected resource, and says how to unprotect it", async () => {
    const [type, name, inputs] = word;
    await deploy([type, name, inputs, { protect: true }]);
    await expect(deploy()).rejects.toThrow(
      new Error("word is protected: remove `protect` in one deployment, and the resource in the next"),
    );
    expect(await deploy(word)).toEqual(["same word"]);
    expect(await deploy()).toEqual(["delete word"]);
  });

  it("replaces a protected resource only if the same deployment removes the protection", async () => {
    const [type, name, inputs] = word;
    await deploy([type, name, inputs, { protect: true }]);
    const longer = { ...inputs, length: 6 };
    await expect(deploy([type, name, longer, { protect: true }])).rejects.toThrow(
      new Error("word is protected, and this change would replace it: revert the change"),
    );
    expect(await deploy([type, name, longer])).toEqual(["replace word"]);
  });

  it("keeps the resources that were created before an error, and continues from there", async () => {
    await expect(deploy(application("first"), ["azuread:index/user:User", "u", {}])).rejects.toThrow();
    expect(applications()).toEqual(["deployer", "first"]);
    expect(await deploy(application("first"))).toEqual(["same app"]);
  });

  it.each<[string, Wanted[], RegExp]>([
    [
      "an unknown type",
      [["azuread:index/user:User", "u", {}]],
      /^resources of type azuread:index\/user:User need a Pulumi CLI; known without one: azuread:index\/application:Application/,
    ],
    [
      "an unknown property",
      [[string, "word", { length: 5, special: false, minLower: 2 }]],
      /^minLower: not known of random:index\/randomString:RandomString without a Pulumi CLI; known: length, /,
    ],
    [
      "two resources with the same name",
      [word, word],
      /^Duplicate resource URN 'urn:pulumi:dev::test::random:index\/randomString:RandomString::word'; try giving it a unique name$/,
    ],
    [
      "inputs that Graph refuses",
      [[registration, "app", { displayName: "first", signInAudience: "Everybody" }]],
      /^POST https:\/\/localhost:\d+\/graph\/v1\.0\/applications: unexpected status 400 with error: Request_BadRequest: .*'signInAudience'/,
    ],
  ])("refuses %s", async (_case, wanted, message) => {
    await expect(deploy(...wanted)).rejects.toThrow(message);
    expect(applications()).toEqual(["deployer"]);
  });
});
