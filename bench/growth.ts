import { rm } from "node:fs/promises";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { review } from "@microservice-identities/review/review";
import { evaluation } from "./coldStart";
import { limitRow, type Row, ratioRow } from "./measure";
import { landscapeOf } from "./programs";

/** The largest landscape takes most of a minute and gigabytes, so it is measured at most once. */
export async function growth(runs: number): Promise<Row[]> {
  const rows: Row[] = [];
  const each: Record<number, { megabytes: number[]; total: number[] }> = {};
  for (const [services, rounds] of [
    [10, runs],
    [100, runs],
    [300, Math.min(runs, 3)],
    [1000, Math.min(runs, 3)],
    [3000, runs > 1 ? 1 : 0],
  ] as const) {
    const folder = await landscapeOf(services);
    const measured = { megabytes: [] as number[], total: [] as number[] };
    each[services] = measured;
    try {
      for (let round = 0; round < rounds; round++) {
        const run = await evaluation(folder, "bench", services * 10);
        const { resources } = run.answer as { resources: EvaluatedResource[] };
        const begun = performance.now();
        const { model } = review(resources, { today: "2026-11-25" });
        if (model.services.length !== services)
          throw new Error(`${model.services.length} services were reviewed, not ${services}`);
        const reviewed = (performance.now() - begun) / 1000;
        measured.megabytes.push(run.megabytes);
        measured.total.push(run.seconds + reviewed);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const per = (services: number, of: "total" | "megabytes") =>
    (each[services]?.[of] ?? []).map((value) => value / services);
  const benchmark = "growth";
  for (const services of [10, 100, 300, 1000, 3000].filter((size) => each[size]?.total.length))
    rows.push(
      ratioRow({
        benchmark,
        what: `evaluation and review, time for each service of ${services.toLocaleString("en")}, compared with each of 100`,
        unit: "s",
        ours: per(services, "total"),
        other: per(100, "total"),
        atMost: services === 1000 ? 1.2 : undefined,
      }),
    );
  rows.push(
    ratioRow({
      benchmark,
      what: "evaluation, memory for each service of 1,000, compared with each of 100",
      unit: "MB",
      ours: per(1000, "megabytes"),
      other: per(100, "megabytes"),
      atMost: 1.2,
    }),
    limitRow({
      benchmark,
      what: "1,000 services with 10,000 grants, evaluated and reviewed",
      unit: "s",
      ours: each[1000]?.total ?? [],
      atMost: 20,
    }),
    limitRow({
      benchmark,
      what: "memory of the evaluation of 1,000 services with 10,000 grants",
      unit: "MB",
      ours: each[1000]?.megabytes ?? [],
      atMost: 2048,
    }),
  );
  return [...rows, ...reviewAlone(runs)];
}

/** The review alone, of an exported state: no program runs. */
function reviewAlone(runs: number): Row[] {
  const times: Record<number, number[]> = { 100: [], 1000: [], 3000: [] };
  for (let round = 0; round < runs; round++)
    for (const services of [100, 1000, 3000]) {
      const resources = exportedState(services);
      const begun = performance.now();
      const { model } = review(resources, { today: "2026-11-25" });
      times[services]?.push((performance.now() - begun) / 1000 / services);
      if (model.grants.length !== services * 10) throw new Error(`${model.grants.length} grants were reviewed`);
    }
  return [1000, 3000].map((services) =>
    ratioRow({
      benchmark: "growth",
      what: `review of an exported state, time for each service of ${services.toLocaleString("en")}, compared with each of 100`,
      unit: "ms",
      ours: (times[services] ?? []).map((each) => each * 1000),
      other: (times[100] ?? []).map((each) => each * 1000),
      atMost: services === 1000 ? 1.2 : undefined,
    }),
  );
}

/** Services in groups of a hundred, each with ten calls inside its group: the reach of a service does not grow with the landscape. */
function exportedState(services: number): EvaluatedResource[] {
  const resource = (type: string, name: string, id: string, properties: object): EvaluatedResource => ({
    urn: `urn:pulumi:bench::bench::azuread:index/${type[0]?.toLowerCase()}${type.slice(1)}:${type}::${name}`,
    type: `azuread:index/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`,
    id,
    parent: "",
    properties: properties as EvaluatedResource["properties"],
  });
  return Array.from({ length: services }, (_, index) => {
    const name = `s${index}`;
    const group = index - (index % 100);
    return [
      resource("ApplicationRegistration", `${name}-application`, `/applications/${name}`, {
        displayName: name,
        clientId: `c-${name}`,
        requestedAccessTokenVersion: 2,
        signInAudience: "AzureADMyOrg",
      }),
      resource("ServicePrincipal", `${name}-principal`, `p-${name}`, {
        clientId: `c-${name}`,
        objectId: `o-${name}`,
        appRoleAssignmentRequired: true,
      }),
      resource("ApplicationAppRole", `${name}-role`, `r-${name}`, {
        applicationId: `/applications/${name}`,
        roleId: `r-${name}`,
        value: "Data.Read",
        allowedMemberTypes: ["Application"],
      }),
      ...Array.from({ length: 10 }, (_, at) => {
        const api = `s${group + ((index + 1 + at * 7) % 100)}`;
        return resource("AppRoleAssignment", `${name}-${api}`, `a-${name}-${api}`, {
          principalObjectId: `o-${name}`,
          resourceObjectId: `o-${api}`,
          appRoleId: `r-${api}`,
        });
      }),
    ];
  }).flat();
}
