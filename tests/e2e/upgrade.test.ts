import { type DeployedResource, StackState } from "@microservice-identities/engine/deployment/stackState";
import { type DeployedPair, deployedPair } from "@microservice-identities/test-support/deployedPair";
import { exportedStack, withInlineApplications } from "../../cli/adoption/inlineApplications";
import program from "../../stacks/index";

jest.setTimeout(60_000);

const inline = "azuread:index/application:Application";
const granular = "azuread:index/applicationRegistration:ApplicationRegistration";
const role = "azuread:index/applicationAppRole:ApplicationAppRole";

/** The state of a release with granular registrations: it has no marks, and each role is a separate resource. */
function granularState(state: StackState): DeployedResource[] {
  const urnOf = (urn: string) => urn.replace(inline, granular);
  return [...state.resources.values()].flatMap((resource): DeployedResource[] => {
    const { urn, type, id, inputs, outputs, deletedWith } = resource;
    if (urn.endsWith("-mark")) return [];
    if (type !== inline) return [{ ...resource, deletedWith: urnOf(deletedWith) }];
    const { displayName, description, signInAudience, appRoles } = inputs;
    const { clientId, objectId } = outputs;
    const plain = { displayName, description, signInAudience, requestedAccessTokenVersion: 2 };
    const registration = {
      ...resource,
      urn: urnOf(urn),
      type: granular,
      inputs: plain,
      outputs: { ...plain, clientId, objectId },
    };
    const roles = (appRoles as { id: string; value: string }[]).map(({ id: roleId, ...rest }) => ({
      ...resource,
      urn: urn.replace(inline, role).replace(/application$/, rest.value),
      type: role,
      id: `${id}/appRoles/${roleId}`,
      inputs: { ...rest, applicationId: id, roleId },
      outputs: { ...rest, applicationId: id, roleId },
      deletedWith: registration.urn,
    }));
    return [registration, ...roles];
  });
}

describe("a stack that was deployed with granular registrations", () => {
  let pair: DeployedPair;
  beforeAll(async () => {
    pair = await deployedPair(program, "2026-11-25");
  });
  afterAll(() => pair.close());

  const inEntra = () => {
    const { tenant } = pair.azure.azure;
    const applications = [...tenant.applications.values()].filter(({ displayName }) => displayName.endsWith("-dev"));
    const api = [...tenant.servicePrincipals.values()].find(({ displayName }) => displayName === "api-dev");
    return {
      applications: applications.map(({ id, appId, appRoles, identifierUris, passwordCredentials }) => ({
        id,
        appId,
        roles: appRoles.map(({ id: roleId, value, isEnabled }) => ({ roleId, value, isEnabled })),
        identifierUris,
        secrets: passwordCredentials.map(({ keyId }) => keyId),
      })),
      assignments: tenant.assignedTo(api?.id ?? "").map(({ id }) => id),
    };
  };

  it("keeps its registrations, roles, grants and secrets after upgrade-state", async () => {
    const { config, azure } = pair;
    const deployed = new StackState();
    await pair.stack(deployed).up({ config });
    const before = inEntra();
    const secret = pair.secretOf("caller");
    for (const { id } of before.applications) await azure.graph("PATCH", `/v1.0/applications/${id}`, { tags: [] });

    const exported = exportedStack.parse({ version: 3, deployment: { resources: granularState(deployed) } });
    expect(exported.deployment.resources.filter(({ type }) => type === granular || type === role)).toHaveLength(3);
    const upgraded = new StackState();
    upgraded.outputs = deployed.outputs;
    for (const resource of withInlineApplications(exported).deployment.resources)
      upgraded.resources.set(resource.urn, {
        urn: resource.urn,
        type: resource.type,
        id: resource.id ?? "",
        inputs: resource.inputs ?? {},
        outputs: resource.outputs ?? {},
        deletedWith: `${resource.deletedWith ?? ""}`,
        protect: resource.protect === true,
        ...(resource.provider === undefined ? {} : { provider: `${resource.provider}` }),
      });
    const stack = pair.stack(upgraded);
    const { operations } = await stack.up({ config, refresh: true });
    expect(operations).toMatchObject({ replace: 0, delete: 0 });
    expect(inEntra()).toEqual(before);
    expect(pair.secretOf("caller") === secret).toBe(true);
    expect(await pair.answerTo(secret)).toEqual(["Things.Read"]);
    expect(await stack.preview({ config })).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("cannot be upgraded if a role belongs to no registration in the state", () => {
    const resources = [{ urn: "urn:role", type: role, id: "x", inputs: { applicationId: "/applications/gone" } }];
    expect(() => withInlineApplications({ version: 3, deployment: { resources } })).toThrow(
      "urn:role belongs to no registration of this state; remove it first",
    );
  });
});
