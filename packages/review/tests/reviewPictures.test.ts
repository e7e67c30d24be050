import fc from "fast-check";
import type { AccessModel, Grant } from "../accessModel";
import { landscapePicture } from "../report/landscapePicture";
import type { Picture } from "../report/reviewPictures";
import { changePicture, clusterPicture, wholePicture } from "../report/reviewPictures";

const modelOf = (services: readonly string[], grants: readonly Grant[]): AccessModel => ({
  services,
  grants,
  ...{
    identities: [],
    serviceOfIdentity: {},
    roles: [],
    requests: [],
    readers: [],
    credentials: [],
    rights: [],
    unknowns: [],
    settings: {},
  },
});
const grant = (caller: string, api: string, role = "Data.Read"): Grant => ({ caller, api, role });
const names = (count: number, word = "s") => Array.from({ length: count }, (_, index) => `${word}${index}`);

/** The arrows as text, for example `a → b: roles (state)`. */
const arrowsIn = (picture: Picture | undefined) =>
  picture?.arrows.map(
    ({ caller, api, roles, state }) =>
      `${picture.labels?.get(caller) ?? caller} → ${picture.labels?.get(api) ?? api}: ${roles.join(", ")}${state ? `, ${state}` : ""}`,
  );

describe("the picture of a change", () => {
  it("shows the services whose calls change, and a single other caller or API by name, but several ones as a number", () => {
    const callers = names(7, "caller");
    const stays = [...callers.map((caller) => grant(caller, "orders")), grant("shop", "mail"), grant("mail", "far")];
    const added = [grant("shop", "orders", "Data.Write")];
    const removed = [grant("orders", "ledger")];
    const picture = changePicture(modelOf(["shop", "orders"], [...stays, ...added]), { grants: { added, removed } });
    expect(arrowsIn(picture)).toEqual([
      "shop → orders: Data.Write (new), added",
      "orders → ledger: Data.Read (removed), removed",
      "shop → mail: Data.Read",
      "7 other callers → orders: 7 grants",
    ]);
    expect(picture?.caption).toBe(
      "The services whose calls change, with their other callers and APIs. What is new is drawn thick, what was removed is dashed.",
    );
  });

  it("also shows the unchanged calls between these services, and their earlier roles", () => {
    const added = [grant("a", "b", "Data.Write")];
    const grants = [grant("a", "b"), grant("b", "a"), ...added];
    expect(arrowsIn(changePicture(modelOf(["a", "b"], grants), { grants: { added, removed: [] } }))).toEqual([
      "a → b: Data.Write (new), Data.Read, added",
      "b → a: Data.Read",
    ]);
  });

  it("shows for more than eight changed services only the changed calls, with their earlier roles", () => {
    const services = names(9);
    const added = services.slice(1).map((api) => grant("s0", api, "Data.Write"));
    const stays = [grant("s0", "s1"), grant("s1", "s2"), grant("other", "s1")];
    const picture = changePicture(modelOf(services, [...stays, ...added]), { grants: { added, removed: [] } });
    expect(arrowsIn(picture)).toEqual([
      "s0 → s1: Data.Write (new), Data.Read, added",
      ...services.slice(2).map((api) => `s0 → ${api}: Data.Write (new), added`),
    ]);
    expect(picture?.caption).toBe("The calls that change. What is new is drawn thick, what was removed is dashed.");
  });

  it("shows only the first 30 of a thousand calls, and says so", () => {
    const services = names(1000);
    const added = services.slice(1).map((caller) => grant(caller, "s0"));
    const picture = changePicture(modelOf(services, added), { grants: { added, removed: [] } });
    expect(picture?.arrows.map(({ caller }) => caller)).toEqual(services.slice(1, 31));
    expect(picture?.caption).toContain("The first 30 of 999 are drawn.");
  });

  it("does not exist if no call changes", () => {
    expect(changePicture(modelOf(["a"], []), { grants: { added: [], removed: [] } })).toBeUndefined();
  });
});

describe("the picture of a whole landscape", () => {
  it("shows every service and every grant, including removed ones", () => {
    const removed = [grant("a", "b")];
    const picture = wholePicture(modelOf(["a", "b", "c"], [grant("a", "Microsoft Graph")]), {
      grants: { added: [], removed },
    });
    expect(picture?.services).toEqual(["a", "b", "c", "Microsoft Graph"]);
    expect(arrowsIn(picture)).toEqual(["a → Microsoft Graph: Data.Read", "a → b: Data.Read (removed), removed"]);
  });

  it("does not exist if it would have more than 15 boxes or more than 30 arrows", () => {
    expect(wholePicture(modelOf(names(15), []), undefined)?.services).toHaveLength(15);
    expect(wholePicture(modelOf(names(16), []), undefined)).toBeUndefined();
    const all = names(7).flatMap((caller) => names(7).map((api) => grant(caller, api)));
    const calls = all.filter(({ caller, api }) => caller !== api);
    expect(wholePicture(modelOf(names(7), calls.slice(0, 30)), undefined)?.arrows).toHaveLength(30);
    expect(wholePicture(modelOf(names(7), calls.slice(0, 31)), undefined)).toBeUndefined();
  });
});

describe("the picture of clusters", () => {
  it("shows the number of grants between two clusters on their arrow", () => {
    const team = (word: string) => {
      const services = names(4, `${word}-`);
      return services.flatMap((caller) => services.filter((api) => api !== caller).map((api) => grant(caller, api)));
    };
    const grants = [
      ...team("orders"),
      ...team("stock"),
      grant("orders-0", "stock-1"),
      grant("orders-2", "stock-1", "Data.Write"),
    ];
    const picture = clusterPicture(modelOf([...names(4, "orders-"), ...names(4, "stock-")], grants));
    expect(picture?.services).toEqual(["orders: 4 services", "stock: 4 services"]);
    expect(arrowsIn(picture)).toEqual(["orders: \n4 services → stock: \n4 services: 2"]);
  });

  it("does not exist if there is only one cluster", () => {
    expect(clusterPicture(modelOf(["a", "b"], [grant("a", "b")]))).toBeUndefined();
  });
});

it("a picture shows names unchanged, even if they contain an escape of Graphviz", async () => {
  const svg = await landscapePicture(
    ["\\N", "a\\nb"],
    [{ caller: "\\N", api: "x", roles: ["\\G<b>"] }],
    new Map([["x", "2 other\\n APIs"]]),
  );
  const texts = [...svg.matchAll(/<text [^>]*>([^<]+)<\/text>/g)].map(([, text]) => text?.trim());
  expect(texts.sort()).toEqual(["2 other\\n APIs", "\\G&lt;b&gt;", "\\N", "a\\nb"]);
});

it("every picture of a random landscape and change has at most 60 boxes and 60 arrows, so that it fits a screen", () => {
  const name = fc.integer({ min: 0, max: 120 }).map((number) => `s${number}`);
  const grants = fc.array(fc.record({ caller: name, api: name, role: fc.constantFrom("Data.Read", "Data.Write") }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(grants, grants, (stays, added) => {
      const change = { grants: { added, removed: stays.slice(0, 5) } };
      const model = modelOf(names(121), [...stays.slice(5), ...added]);
      for (const picture of [wholePicture(model, change), changePicture(model, change), clusterPicture(model)]) {
        const boxes = new Set([
          ...(picture?.services ?? []),
          ...(picture?.arrows ?? []).flatMap(({ caller, api }) => [caller, api]),
        ]);
        expect(boxes.size).toBeLessThanOrEqual(60);
        expect(picture?.arrows.length ?? 0).toBeLessThanOrEqual(60);
      }
    }),
  );
});
