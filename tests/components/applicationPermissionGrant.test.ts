import { evaluate, guid } from "@microservice-identities/test-support/mocks";
import * as pulumi from "@pulumi/pulumi";
import { ApplicationPermissionGrant } from "../../components/applicationPermissionGrant";

describe("ApplicationPermissionGrant", () => {
  const known = (...words: string[]) => pulumi.output(guid(...words));
  const grant = (change: object = {}) =>
    new ApplicationPermissionGrant("fulfillment-calls-orders", {
      caller: { applicationId: pulumi.output("/applications/fulfillment"), servicePrincipalId: known("caller") },
      api: {
        clientId: known("api"),
        servicePrincipalId: known("api", "principal"),
        appRoleIds: { "Orders.Read": known("read"), "Orders.Write": known("write") },
      },
      roles: ["Orders.Write", "Orders.Read"],
      because: "Reads what to ship, and marks it as shipped.",
      ...change,
    });

  it("lists the roles in the caller's registration, and assigns each to its service principal", async () => {
    const { resources } = await evaluate(() => grant());
    expect(resources.map(({ type, name, inputs }) => [type.split(":").at(-1), name, inputs])).toEqual([
      [
        "AppRoleAssignment",
        "fulfillment-calls-orders-Orders.Read",
        {
          appRoleId: guid("read"),
          principalObjectId: guid("caller"),
          resourceObjectId: guid("api", "principal"),
        },
      ],
      [
        "AppRoleAssignment",
        "fulfillment-calls-orders-Orders.Write",
        {
          appRoleId: guid("write"),
          principalObjectId: guid("caller"),
          resourceObjectId: guid("api", "principal"),
        },
      ],
      [
        "ApplicationApiAccess",
        "fulfillment-calls-orders-api-access",
        {
          applicationId: "/applications/fulfillment",
          apiClientId: guid("api"),
          roleIds: [guid("read"), guid("write")],
        },
      ],
    ]);
  });

  it("assigns the same roles if they are not listed in the registration", async () => {
    const { resources: all } = await evaluate(() => grant());
    const { resources } = await evaluate(() => grant({ listed: false }));
    expect(resources).toEqual(all.filter(({ type }) => !type.endsWith("ApplicationApiAccess")));
  });

  it("creates the same resources if the roles have another order, or one is named twice", async () => {
    const { resources } = await evaluate(() => grant());
    const { resources: rearranged } = await evaluate(() =>
      grant({ roles: ["Orders.Read", "Orders.Write", "Orders.Read"] }),
    );
    expect(rearranged).toEqual(resources);
  });

  it.each([
    ["no role", { roles: [] }, "roles is []; allowed: at least one of Orders.Read, Orders.Write"],
    [
      "a role that the API does not expose",
      { roles: ["Orders.Delete"] },
      'roles is "Orders.Delete"; allowed: Orders.Read, Orders.Write',
    ],
    ["no reason", { because: "" }, 'because is ""; allowed: text of 1 to 500 characters'],
    [
      "a day that does not exist",
      { until: "2027-02-30" },
      'until is "2027-02-30"; allowed: a date that exists, written like 2027-03-31',
    ],
  ])("refuses %s", async (_case, change, message) => {
    await expect(evaluate(() => grant(change))).rejects.toThrow(
      new Error(`ApplicationPermissionGrant fulfillment-calls-orders: ${message}`),
    );
  });
});
