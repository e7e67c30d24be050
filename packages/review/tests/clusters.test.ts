import fc from "fast-check";
import { clustersIn } from "../report/clusters";

/** Teams whose services call each other, with one call from each team to the next, and one API that all services call. */
function companyOf(teams: readonly string[]) {
  const kinds = ["api", "worker", "gateway", "sync"];
  const services = teams.flatMap((team) => kinds.map((kind) => `${team}-${kind}`));
  const grant = (caller: string, api: string) => ({ caller, api, role: "Data.Read" });
  const grants = teams.flatMap((team, index) => [
    ...kinds.flatMap((caller) =>
      kinds.filter((api) => api !== caller).map((api) => grant(`${team}-${caller}`, `${team}-${api}`)),
    ),
    grant(`${team}-sync`, `${teams[(index + 1) % teams.length]}-api`),
    ...kinds.map((kind) => grant(`${team}-${kind}`, `${teams[0]}-api`)),
  ]);
  return { services, grants: grants.filter(({ caller, api }) => caller !== api) };
}

const names = ["orders", "billing", "stock", "search", "tax", "media", "fraud", "ledger", "pricing", "loyalty"];

describe("clusters of services", () => {
  it("are the teams whose services call each other, even if there is an API that all services call", () => {
    const clusters = clustersIn(companyOf(names));
    expect(clusters.map(({ name }) => name).sort()).toEqual(names.map((name) => `${name}: 4 services`).sort());
    for (const { name, services } of clusters)
      expect(services).toEqual(["api", "gateway", "sync", "worker"].map((kind) => `${name.split(":")[0]}-${kind}`));
  });

  it("are at most 16, even for a hundred teams, and never divide a team", () => {
    const teams = Array.from({ length: 100 }, (_, index) => `team${index}`);
    const clusters = clustersIn(companyOf(teams));
    expect(clusters).toHaveLength(16);
    for (const team of teams)
      expect(clusters.filter(({ services }) => services.some((each) => each.startsWith(`${team}-`)))).toHaveLength(1);
  });

  it("are named after their busiest service if their names have nothing in common", () => {
    const grants = ["alpha", "beta", "gamma"].map((caller) => ({ caller, api: "delta", role: "Data.Read" }));
    expect(clustersIn({ services: ["alpha", "beta", "delta", "gamma"], grants })).toEqual([
      { name: "delta and 3 more", services: ["alpha", "beta", "delta", "gamma"] },
    ]);
  });

  it("combine services without calls into one cluster beside the largest", () => {
    const services = Array.from({ length: 20 }, (_, index) => `s${String(index).padStart(2, "0")}`);
    const clusters = clustersIn({ services, grants: [{ caller: "s18", api: "s19", role: "Data.Read" }] });
    expect(clusters.map(({ name }) => name)).toEqual(["s18 and 1 more", ...services.slice(0, 14), "4 others"]);
    expect(clusters.at(-1)?.services).toEqual(["s14", "s15", "s16", "s17"]);
  });

  it("are at most 16, have different names, and contain each service and API once, for random calls", () => {
    const name = fc.integer({ min: 0, max: 40 }).map((number) => `${["orders", "stock"][number % 2]}-${number}`);
    const grant = fc.record({ caller: name, api: name, role: fc.constantFrom("Data.Read", "Data.Write") });
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.array(grant, { maxLength: 80 }), (services, grants) => {
        const clusters = clustersIn({ services, grants });
        const everybody = new Set([...services, ...grants.flatMap(({ caller, api }) => [caller, api])]);
        expect(clusters.flatMap((cluster) => cluster.services).sort()).toEqual([...everybody].sort());
        expect(clusters.length).toBeLessThanOrEqual(16);
        expect(new Set(clusters.map((cluster) => cluster.name)).size).toBe(clusters.length);
      }),
    );
  });
});
