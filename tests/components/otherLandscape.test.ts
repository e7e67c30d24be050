import { allowedApi, type OtherLandscape } from "../../components/otherLandscape";

describe("a call to another landscape", () => {
  const ledger = {
    clientId: "client",
    objectId: "object",
    scope: "api://client/.default",
    roleIds: { "Ledger.Read": "1", "Ledger.Write": "2" },
    allowedCallers: { "shop/orders": ["Ledger.Write"], "shop/web": ["Ledger.Gone"] },
  };
  const others: Record<string, OtherLandscape> = {
    finance: { stack: "organization/company/finance-prod", directory: { ledger } },
    people: { stack: "organization/company/people-prod" },
  };
  const call = (caller: string, api: string, ...roles: string[]) => allowedApi(caller, api, { roles }, others);

  it("is granted if the callee allows it", () => {
    expect(call("shop/orders", "finance/ledger", "Ledger.Write")).toBe(ledger);
  });

  it("is not granted before the first deployment of the callee's stack", () => {
    expect(call("shop/orders", "people/badges", "Badges.Read")).toBeUndefined();
  });

  it.each([
    [
      ["shop/orders", "finance/ledger", "Ledger.Read", "Ledger.Write"],
      'shop/orders → finance/ledger: finance/ledger does not allow shop/orders to be granted Ledger.Read. Ask the owner of finance/ledger to add `allowedCallers: { "shop/orders": ["Ledger.Write","Ledger.Read"] }` to it and to deploy organization/company/finance-prod; then deploy again',
    ],
    [
      ["shop/orders", "finance/books", "Any"],
      'shop/orders → finance/books: the stack organization/company/finance-prod has no service "books"; it has ledger. If it is new, deploy that stack first',
    ],
    [
      ["shop/orders", "stock/items", "Any"],
      'shop/orders → stock/items: no stack is known for the landscape "stock"; add it to `stackReferences`, which contains: finance, people',
    ],
    [
      ["shop/web", "finance/ledger", "Ledger.Gone"],
      "shop/web → finance/ledger: finance/ledger has no app role Ledger.Gone; its roles are Ledger.Read, Ledger.Write",
    ],
  ])("is refused with what is missing, and where: %j", (given, message) => {
    const [caller, api, ...roles] = given as [string, string, ...string[]];
    expect(() => call(caller, api, ...roles)).toThrow(new Error(message));
  });
});
