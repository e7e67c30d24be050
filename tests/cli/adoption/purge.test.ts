import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { localTenant } from "../../../cli/adoption/localTenant";
import { findPurgeable } from "../../../cli/adoption/purge";
import type { TenantEditor } from "../../../cli/adoption/tenant";

const mark = "0d4c1c3e-3f0b-4d63-9d0a-2c5b3cf1a001";

describe("purge", () => {
  let azure: TestAzure;
  let tenant: TenantEditor & { close(): Promise<void> };
  beforeEach(async () => {
    azure = await startTestAzure();
    tenant = await localTenant(azure.azure);
  });
  afterEach(async () => {
    await tenant.close();
    await azure.close();
  });
  /** Creates a registration with its service principal, and deletes both. @returns the registration's object id */
  const createDeleted = async (displayName: string, ...tags: string[]): Promise<string> => {
    const { body } = await azure.graph("POST", "/v1.0/applications", { displayName, tags });
    await azure.graph("POST", "/v1.0/servicePrincipals", { appId: body.appId });
    await azure.graph("DELETE", `/v1.0/applications/${body.id}`);
    return body.id;
  };
  const deletedItems = () =>
    azure.azure.tenant.deletedItems.all().map(({ type, object }) => `${type} ${object.displayName}`);

  it("purges only deleted objects that have the stack's mark or are in its state", async () => {
    await createDeleted("orders-dev", `pulumi-stack:${mark}`);
    const known = await createDeleted("billing-dev");
    await createDeleted("orders-prod", "pulumi-stack:7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001");
    await createDeleted("by-hand");
    const state = [
      { urn: "urn", type: "azuread:index/application:Application", id: `/applications/${known}`, outputs: {} },
    ];
    const found = await findPurgeable(tenant, { state, mark });
    expect(found.map(({ what }) => what.split(" (")[0]).sort()).toEqual([
      "the registration billing-dev",
      "the registration orders-dev",
      "the service principal billing-dev",
      "the service principal orders-dev",
    ]);
    // The search alone changes nothing.
    expect(deletedItems()).toHaveLength(8);
    for (const { purge } of found) await purge();
    expect(deletedItems().sort()).toEqual([
      "application by-hand",
      "application orders-prod",
      "servicePrincipal by-hand",
      "servicePrincipal orders-prod",
    ]);
  });

  it("finds nothing without the stack's mark and state", async () => {
    await createDeleted("orders-dev", `pulumi-stack:${mark}`);
    expect(await findPurgeable(tenant, { state: [] })).toEqual([]);
  });
});
