import { parseLandscape } from "../../components/landscapeDefinition";
import { rolesAfter } from "../../components/roleRetirement";

const role = { description: "x" };
const landscape = (appRoles: object, calls: object = {}) =>
  parseLandscape(
    {
      services: {
        inventory: { description: "x", appRoles },
        orders: { description: "x", appRoles: {}, calls },
      },
    },
    "landscape",
  );
const call = (...roles: string[]) => ({ inventory: { roles, because: "x" } });

describe("the removal of a role", () => {
  const granted = rolesAfter(undefined, landscape({ Read: role, Audit: role }, call("Read", "Audit")));

  it("depends on whether the role was ever granted, even if it no longer is", () => {
    expect(granted).toEqual({
      inventory: { Read: { granted: true, retired: false }, Audit: { granted: true, retired: false } },
      orders: {},
    });
    expect(rolesAfter(granted, landscape({ Read: role, Audit: role }, call("Read"))).inventory?.Audit).toEqual({
      granted: true,
      retired: false,
    });
  });

  it("takes two deployments: one retires the role, a later one removes it", () => {
    const retired = rolesAfter(granted, landscape({ Read: role, Audit: { ...role, retired: true } }, call("Read")));
    expect(retired.inventory?.Audit).toEqual({ granted: true, retired: true });
    expect(rolesAfter(retired, landscape({ Read: role }, call("Read"))).inventory).toEqual({
      Read: { granted: true, retired: false },
    });
  });

  it("is refused in one step; the error lists all such roles with the remedy", () => {
    expect(() => rolesAfter(granted, landscape({ Write: role }))).toThrow(
      new Error(
        [
          "app roles cannot be removed in one step:",
          ...["Read", "Audit"].map(
            (value) =>
              `  services.inventory.appRoles: "${value}" has been granted, and valid tokens may still contain it. Restore it with \`retired: true\` and without its calls, deploy, and remove it in a later deployment`,
          ),
        ].join("\n"),
      ),
    );
  });

  it("is allowed in one step for a role that was never granted, and together with its service", () => {
    const unused = rolesAfter(undefined, landscape({ Read: role, Audit: role }, call("Read")));
    expect(rolesAfter(unused, landscape({ Read: role }, call("Read"))).inventory).toEqual({
      Read: { granted: true, retired: false },
    });
    const without = parseLandscape({ services: { orders: { description: "x", appRoles: {} } } }, "landscape");
    expect(rolesAfter(granted, without)).toEqual({ orders: {} });
  });

  it("begins with a retired role, which no call may use", () => {
    expect(() => landscape({ Audit: { ...role, retired: true } }, call("Audit"))).toThrow(
      new Error(
        'landscape has 1 problem:\n  services.orders.calls.inventory.roles[0]: "Audit" of "inventory" is retired; remove it from the call',
      ),
    );
  });
});
