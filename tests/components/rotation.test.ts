import fc from "fast-check";
import {
  afterDeployment,
  checkRotation,
  type IssuedSecret,
  missedRotation,
  nextRotation,
  type RotationPolicy,
  secretsOn,
  secretsOnSchedule,
  windowOn,
} from "../../components/rotation";

const day = 86_400_000;
const at = (since: string, days: number): Date => new Date(Date.parse(since) + days * day);
const iso = (date: Date): string => date.toISOString().slice(0, 10);

/** Every policy that `checkRotation` accepts. */
const policies: fc.Arbitrary<RotationPolicy> = fc
  .record({ periodDays: fc.integer({ min: 1, max: 180 }), sinceDay: fc.integer({ min: 0, max: 30_000 }) })
  .chain(({ periodDays, sinceDay }) =>
    fc.integer({ min: 0, max: Math.min(periodDays - 1, 180 - periodDays) }).chain((overlapDays) =>
      fc.integer({ min: periodDays + overlapDays, max: 180 }).map((validityDays) => ({
        since: iso(new Date(sinceDay * day)),
        periodDays,
        overlapDays,
        validityDays,
      })),
    ),
  );
const services = fc.string({ minLength: 1, maxLength: 40 });
const policy = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };

/** The days of deployments with the given pauses between them. */
function daysOf(first: number, pauses: readonly number[]): number[] {
  let today = first;
  return [first, ...pauses.map((pause) => (today += pause))];
}

/** The issued secrets after a deployment that publishes the newest one, because Entra accepts it. */
const published = (secrets: readonly IssuedSecret[]): IssuedSecret[] =>
  afterDeployment(secrets, secrets.at(-1)?.id ?? "");

/** The issued secrets after each of the deployments on these days. */
function deployments(days: readonly number[], rotation: RotationPolicy, service: string): IssuedSecret[][] {
  let issued: IssuedSecret[] = [];
  return days.map((each) => {
    issued = published(secretsOn(at(rotation.since, each), rotation, service, issued));
    return issued;
  });
}

describe("daily deployments", () => {
  it("issue one secret, later add a second one for the overlap, and then remove the first", () => {
    const entered = (Date.parse(nextRotation(at(policy.since, 0), policy, "orders")) - Date.parse(policy.since)) / day;
    const byDay = deployments(
      Array.from({ length: 200 }, (_, each) => each),
      policy,
      "orders",
    );
    const first = {
      id: "2026-11-01",
      index: 0,
      secretEnd: "2027-04-30T00:00:00Z",
      published: "2026-11-01",
      revocations: 0,
    };
    const second = {
      id: iso(at(policy.since, entered)),
      index: 1,
      secretEnd: `${iso(at(policy.since, entered + 180))}T00:00:00Z`,
      published: iso(at(policy.since, entered)),
      revocations: 0,
    };
    expect(byDay[entered - 1]).toEqual([first]);
    expect(byDay[entered]).toEqual([first, second]);
    expect(byDay[entered + 13]).toEqual([first, second]);
    expect(byDay[entered + 14]).toEqual([second]);
    expect(byDay[entered + 90]?.map(({ index }) => index)).toEqual([1, 2]);
  });

  it("record the version before the newest secret, unless that version was revoked", () => {
    const written = (secrets: readonly IssuedSecret[], version: string) =>
      afterDeployment(secrets, secrets.at(-1)?.id ?? "", version);
    const entered = (Date.parse(nextRotation(at(policy.since, 0), policy, "orders")) - Date.parse(policy.since)) / day;
    const first = written(secretsOn(at(policy.since, 0), policy, "orders"), "a1");
    const rotated = written(secretsOn(at(policy.since, entered), policy, "orders", first), "b2");
    const versionsOf = (secrets: readonly IssuedSecret[]) =>
      secrets.map(({ version, previousVersion }) => [version, previousVersion]);
    expect(versionsOf(rotated)).toEqual([
      ["a1", undefined],
      ["b2", "a1"],
    ]);
    expect(versionsOf(secretsOn(at(policy.since, entered + 50), policy, "orders", rotated))).toEqual([["b2", "a1"]]);
    expect(versionsOf(secretsOn(at(policy.since, entered + 50), policy, "orders", rotated, 1))).toEqual([
      [undefined, undefined],
    ]);
  });

  it("change nothing in two years except at a rotation and at the end of an overlap", () => {
    const byDay = deployments(
      Array.from({ length: 731 }, (_, each) => each),
      policy,
      "billing",
    );
    const changes = byDay.filter(
      (issued, each) => each > 0 && JSON.stringify(issued) !== JSON.stringify(byDay[each - 1]),
    );
    // Up to eight rotations, each with the end of its overlap.
    expect(changes.map((issued) => issued.length)).toEqual(
      [2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1].slice(0, changes.length),
    );
    expect(changes.length).toBeGreaterThanOrEqual(15);
  });
});

describe("any sequence of deployments", () => {
  const sequences = fc.record({
    policy: policies,
    service: services,
    first: fc.nat(400),
    pauses: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 40 }),
  });

  it("leaves one to three secrets after each deployment, none of them expired, and the newest for the current window", () => {
    fc.assert(
      fc.property(sequences, ({ policy: rotation, service, first, pauses }) => {
        const days = daysOf(first, pauses);
        const left = deployments(days, rotation, service);
        expect(left[0]).toHaveLength(1);
        left.forEach((issued, index) => {
          const now = at(rotation.since, days[index] as number);
          const newest = issued.at(-1) as IssuedSecret;
          // There are three if a late pipeline publishes two within one overlap.
          expect([1, 2, 3]).toContain(issued.length);
          expect(newest).toMatchObject(windowOn(now, rotation, service));
          for (const { id, secretEnd } of issued) {
            expect(Date.parse(secretEnd)).toBeGreaterThan(now.getTime());
            expect((Date.parse(secretEnd) - Date.parse(id)) / day).toBe(rotation.validityDays);
          }
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("removes a secret only after the overlap that follows the publication of its successor, or after it has expired", () => {
    fc.assert(
      fc.property(sequences, ({ policy: rotation, service, first, pauses }) => {
        const days = daysOf(first, pauses);
        const left = deployments(days, rotation, service);
        for (let index = 1; index < left.length; index++) {
          const [before, now] = [left[index - 1] as IssuedSecret[], left[index] as IssuedSecret[]];
          const today = at(rotation.since, days[index] as number).getTime();
          for (const [place, secret] of before.entries()) {
            if (now.some(({ id }) => id === secret.id)) continue;
            // The newest secret of a deployment gets its successor in the next deployment, after any number of days.
            const successor = (before[place + 1] ?? now.at(-1)) as IssuedSecret;
            const overlapEnds = Date.parse(successor.published) + rotation.overlapDays * day;
            expect(Math.min(overlapEnds, Date.parse(secret.secretEnd))).toBeLessThanOrEqual(today);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("issues the same secrets at every time of a day", () => {
    fc.assert(
      fc.property(policies, services, fc.nat(1000), fc.nat(day - 1), (rotation, service, days, time) => {
        const midnight = at(rotation.since, days);
        expect(secretsOn(new Date(midnight.getTime() + time), rotation, service)).toEqual(
          secretsOn(midnight, rotation, service),
        );
      }),
    );
  });
});

describe("secretsOn", () => {
  const now = new Date("2027-01-20");
  const old = {
    id: "2026-11-01",
    index: 0,
    secretEnd: "2027-04-30T00:00:00Z",
    published: "2026-11-01",
    revocations: 0,
  };

  it("keeps issued secrets until they expire if the policy changes", () => {
    const [issued] = secretsOn(now, policy, "orders") as [IssuedSecret];
    expect(secretsOn(now, { ...policy, validityDays: 120 }, "orders", [issued])).toEqual([issued]);
  });

  it("begins the overlap with the first deployment after a pause of the pipeline", () => {
    const [, returned] = published(secretsOn(now, policy, "orders", [old])) as [IssuedSecret, IssuedSecret];
    expect(returned.published).toBe("2027-01-20");
    expect(secretsOn(new Date("2027-02-02"), policy, "orders", [old, returned])).toEqual([old, returned]);
    expect(secretsOn(new Date("2027-02-03"), policy, "orders", [old, returned])).toEqual([returned]);
  });

  it("revokes all secrets of a service, and issues a new one", () => {
    const [issued] = secretsOn(now, policy, "orders") as [IssuedSecret];
    const revoked = secretsOn(now, policy, "orders", [old, issued], 1);
    expect(revoked).toEqual([{ ...issued, revocations: 1 }]);
    expect(secretsOn(new Date("2027-01-21"), policy, "orders", revoked, 1)).toEqual(revoked);
  });

  it("ignores a lower number of revocations than before", () => {
    const revoked = secretsOn(now, policy, "orders", [old], 1);
    expect(secretsOn(new Date("2027-01-21"), policy, "orders", revoked, 0)).toEqual(revoked);
  });

  it("issues a secret between two windows if the issued one would expire before the end of a longer period", () => {
    const short = { ...policy, validityDays: 104 };
    const long = { ...policy, periodDays: 160 };
    const days = Array.from({ length: 200 }, (_, each) => each);
    for (const service of ["catalog", "inventory", "fulfillment", "users"]) {
      let issued = secretsOn(at(policy.since, 0), short, service);
      for (const each of days) {
        const today = at(policy.since, each);
        issued = published(secretsOn(today, long, service, issued));
        expect(Date.parse(issued.at(-1)?.secretEnd ?? "")).toBeGreaterThan(today.getTime());
      }
    }
  });

  it("never returns to an older secret if a longer period is shortened again", () => {
    const monthly = { ...policy, periodDays: 30 };
    const [first] = secretsOn(new Date("2027-04-10"), policy, "orders") as [IssuedSecret];
    const both = published(secretsOn(new Date("2027-04-11"), monthly, "orders", [first]));
    expect(both).toHaveLength(2);
    expect(secretsOn(new Date("2027-04-12"), policy, "orders", both)).toEqual(both);
  });

  it("spreads 900 services over the 90 days of the period", () => {
    const starts = new Map<string, number>();
    for (let service = 0; service < 900; service++) {
      const start = nextRotation(at(policy.since, 0), policy, `service-${service}`);
      starts.set(start, (starts.get(start) ?? 0) + 1);
    }
    // The average is ten a day. With an even spread, hardly any day has none, and no day has four times the average.
    expect(starts.size).toBeGreaterThan(85);
    expect(Math.max(...starts.values())).toBeLessThan(40);
  });

  it("refuses a first day of the rotation that is after the deployment", () => {
    expect(() => secretsOn(at(policy.since, -1), policy, "orders")).toThrow(
      new Error(
        'rotation.since is "2026-11-01"; allowed: a date that is not after the day of the deployment, 2026-10-31',
      ),
    );
  });
});

describe("a secret that replaces another one", () => {
  const first = { ...secretsOn(at(policy.since, 0), policy, "orders")[0], version: "a1" } as IssuedSecret;
  const day1 = nextRotation(at(policy.since, 0), policy, "orders");
  const rotated = secretsOn(new Date(day1), policy, "orders", [first]);

  it("waits until a deployment publishes it; the previous secret stays until the end of the overlap after that", () => {
    expect(rotated.map(({ id, waitingSince, previousVersion }) => [id, waitingSince, previousVersion])).toEqual([
      [first.id, undefined, undefined],
      [day1, day1, "a1"],
    ]);
    const waiting = afterDeployment(rotated, first.id, "a1");
    expect(waiting).toEqual(rotated);
    const later = secretsOn(at(day1, 20), policy, "orders", waiting);
    const day20 = iso(at(day1, 20));
    expect(later).toEqual([first, { ...rotated[1], published: day20 }]);
    const inVault = afterDeployment(later, day1, "b2");
    const { waitingSince: _, ...newest } = later[1] as IssuedSecret;
    expect(inVault).toEqual([first, { ...newest, version: "b2" }]);
    expect(secretsOn(at(day1, 33), policy, "orders", inVault)).toEqual(inVault);
    expect(secretsOn(at(day1, 34), policy, "orders", inVault)).toEqual([inVault[1]]);
  });

  it("does not wait if the service has no other valid secret, after a revocation, or without an overlap", () => {
    const waitsFor = (...given: Parameters<typeof secretsOn>) => secretsOn(...given).at(-1)?.waitingSince;
    expect([
      waitsFor(at(policy.since, 0), policy, "orders"),
      waitsFor(new Date(first.secretEnd), policy, "orders", [first]),
      waitsFor(new Date(day1), policy, "orders", [first], 1),
      waitsFor(new Date(day1), { ...policy, overlapDays: 0 }, "orders", [first]),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("is reported as missed if it waits for longer than the overlap", () => {
    const waiting = afterDeployment(rotated, first.id, "a1");
    expect(missedRotation(at(day1, 14), policy, "orders", waiting)).toBeUndefined();
    expect(missedRotation(at(day1, 15), policy, "orders", waiting)).toMatch(
      /^orders: the secret of 2026-11-01 was due/,
    );
  });

  it("never leaves an expired secret in the vault, and keeps each replaced one for the overlap, whenever Entra accepts new ones", () => {
    const runs = fc.array(fc.record({ pause: fc.integer({ min: 0, max: 60 }), accepts: fc.boolean() }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(policies, services, runs, (rotation, service, each) => {
        let [issued, today]: [IssuedSecret[], number] = [[], 0];
        /** The ids of secrets that were in the vault, with the day on which another one replaced them. */
        const replaced = new Map<string, number>();
        let inVault: IssuedSecret | undefined;
        for (const { pause, accepts } of each) {
          today += pause;
          const now = at(rotation.since, today).getTime();
          const secrets = secretsOn(new Date(now), rotation, service, issued);
          const newest = secrets.at(-1) as IssuedSecret;
          const before = secrets.findLast(({ waitingSince }) => waitingSince === undefined);
          const chosen = newest.waitingSince === undefined || accepts ? newest : (before ?? newest);
          if (inVault && inVault.id !== chosen.id) replaced.set(inVault.id, today);
          for (const [id, on] of replaced) {
            const wasKept = issued.find((secret) => secret.id === id);
            const stays = today < on + rotation.overlapDays && Date.parse(wasKept?.secretEnd ?? "") > now;
            if (wasKept && stays) expect(secrets.map((secret) => secret.id)).toContain(id);
          }
          expect(Date.parse(chosen.secretEnd)).toBeGreaterThan(now);
          inVault = chosen;
          issued = afterDeployment(secrets, chosen.id);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("missedRotation", () => {
  const [first] = secretsOn(at(policy.since, 0), policy, "orders") as [IssuedSecret];
  const due = nextRotation(at(policy.since, 0), policy, "orders");

  it("reports nothing during the overlap, and after it the day when the rotation was due and the day when the secret expires", () => {
    expect(missedRotation(at(due, 14), policy, "orders", [first])).toBeUndefined();
    expect(missedRotation(at(due, 15), policy, "orders", [first])).toBe(
      `orders: the secret of 2026-11-01 was due for rotation on ${due}, 15 days ago, longer than the overlap of 14 days; it expires on 2027-04-30`,
    );
    expect(missedRotation(at(due, 500), policy, "orders", [])).toBeUndefined();
  });
});

describe("secretsOnSchedule", () => {
  it("returns the same secrets as daily deployments since the first day, for every day and policy", () => {
    fc.assert(
      fc.property(policies, services, fc.integer({ min: 0, max: 500 }), (rotation, service, days) => {
        const daily = deployments(
          daysOf(
            0,
            Array.from({ length: days }, () => 1),
          ),
          rotation,
          service,
        ).at(-1);
        expect(secretsOnSchedule(at(rotation.since, days), rotation, service)).toEqual(daily);
      }),
      { numRuns: 60 },
    );
  });
});

describe("checkRotation", () => {
  it.each([
    [{ since: "2026-11-31" }, 'since is "2026-11-31"; allowed: a date that exists, written like 2027-03-31'],
    [{ periodDays: 0 }, "periodDays is 0; allowed: a whole number from 1 to 180"],
    [{ overlapDays: 90 }, "overlapDays is 90; allowed: a whole number from 0 to 89"],
    [{ periodDays: 170 }, "overlapDays is 14; allowed: a whole number from 0 to 10"],
    [{ validityDays: 103 }, "validityDays is 103; allowed: a whole number from 104 to 180"],
    [{ validityDays: 181 }, "validityDays is 181; allowed: a whole number from 104 to 180"],
  ])("refuses %j", (change, message) => {
    expect(() => checkRotation({ ...policy, ...change })).toThrow(new Error(`rotation.${message}`));
  });
});
