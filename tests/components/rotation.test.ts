import fc from "fast-check";
import { activeWindows, checkRotation, type RotationPolicy } from "../../components/rotation";

const day = 86_400_000;
const at = (since: string, days: number): Date => new Date(Date.parse(since) + days * day);

/** Every policy that `checkRotation` takes. */
const policies: fc.Arbitrary<RotationPolicy> = fc
  .record({ periodDays: fc.integer({ min: 1, max: 180 }), sinceDay: fc.integer({ min: 0, max: 30_000 }) })
  .chain(({ periodDays, sinceDay }) =>
    fc.integer({ min: 0, max: Math.min(periodDays - 1, 180 - periodDays) }).chain((overlapDays) =>
      fc.integer({ min: periodDays + overlapDays, max: 180 }).map((validityDays) => ({
        since: new Date(sinceDay * day).toISOString().slice(0, 10),
        periodDays,
        overlapDays,
        validityDays,
      })),
    ),
  );
const services = fc.string({ minLength: 1, maxLength: 40 });

describe("activeWindows", () => {
  const policy = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };

  it("follows the written example through the first overlap", () => {
    // "orders" rotates first on day 67 of the landscape: 2027-01-07.
    const first = { id: "2026-11-01", index: 0, secretEnd: "2027-04-30T00:00:00Z" };
    const rotation = Array.from({ length: 90 }, (_, days) =>
      activeWindows(at(policy.since, days + 1), policy, "orders"),
    );
    const entered = rotation.findIndex((windows) => windows.length === 2) + 1;
    const second = rotation[entered - 1]?.at(-1);
    expect(second).toEqual({
      id: at(policy.since, entered).toISOString().slice(0, 10),
      index: 1,
      secretEnd: at(policy.since, entered + 180)
        .toISOString()
        .replace(".000", ""),
    });
    expect(activeWindows(at(policy.since, entered - 1), policy, "orders")).toEqual([first]);
    expect(activeWindows(at(policy.since, entered), policy, "orders")).toEqual([first, second]);
    expect(activeWindows(at(policy.since, entered + 13), policy, "orders")).toEqual([first, second]);
    expect(activeWindows(at(policy.since, entered + 14), policy, "orders")).toEqual([second]);
    expect(activeWindows(at(policy.since, entered + 90), policy, "orders").map(({ index }) => index)).toEqual([1, 2]);
  });

  it("gives one or two adjacent windows, the newest begun and none expired, on every day", () => {
    fc.assert(
      fc.property(policies, services, fc.integer({ min: 0, max: 2000 }), (policy, service, days) => {
        const now = at(policy.since, days);
        const windows = activeWindows(now, policy, service);
        expect([1, 2]).toContain(windows.length);
        const newest = windows.at(-1);
        expect(Date.parse(newest?.id ?? "")).toBeLessThanOrEqual(now.getTime());
        if (windows.length === 2) expect(windows[0]?.index).toBe((newest?.index ?? 0) - 1);
        for (const { id, secretEnd } of windows) {
          expect(Date.parse(secretEnd)).toBeGreaterThan(now.getTime());
          expect((Date.parse(secretEnd) - Date.parse(id)) / day).toBe(policy.validityDays);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps each window until the overlap with the next has passed, and then never again", () => {
    fc.assert(
      fc.property(policies, services, (policy, service) => {
        const seen = new Map<string, number[]>();
        for (let days = 0; days < 3 * policy.periodDays + 2; days++) {
          for (const { id } of activeWindows(at(policy.since, days), policy, service))
            seen.set(id, [...(seen.get(id) ?? []), days]);
        }
        const windows = [...seen.values()];
        windows.slice(0, -1).forEach((days, index) => {
          const entered = days[0] as number;
          const nextEntered = (windows[index + 1] as number[])[0] as number;
          expect(nextEntered - entered).toBeLessThanOrEqual(policy.periodDays);
          const until = Math.min(nextEntered + policy.overlapDays, 3 * policy.periodDays + 2);
          expect(days).toEqual(Array.from({ length: until - entered }, (_, day) => entered + day));
        });
      }),
      { numRuns: 200 },
    );
  });

  it("is the same at every time of one day", () => {
    fc.assert(
      fc.property(policies, services, fc.nat(1000), fc.nat(day - 1), (policy, service, days, time) => {
        const midnight = at(policy.since, days);
        expect(activeWindows(new Date(midnight.getTime() + time), policy, service)).toEqual(
          activeWindows(midnight, policy, service),
        );
      }),
    );
  });

  it("spreads 900 services over the 90 days of the period", () => {
    const starts = new Map<string, number>();
    for (let service = 0; service < 900; service++) {
      const windows = activeWindows(at(policy.since, 95), policy, `service-${service}`);
      const start = windows.find(({ index }) => index === 1)?.id as string;
      starts.set(start, (starts.get(start) ?? 0) + 1);
    }
    // Ten a day on average; a fair spread leaves hardly a day without any, and none with four times its share.
    expect(starts.size).toBeGreaterThan(85);
    expect(Math.max(...starts.values())).toBeLessThan(40);
  });

  it("refuses a day before the landscape began", () => {
    expect(() => activeWindows(at(policy.since, -1), policy, "orders")).toThrow(
      new Error('rotation.since is "2026-11-01"; allowed: a date not after the deployment\'s, 2026-10-31'),
    );
  });
});

describe("checkRotation", () => {
  const policy = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };

  it.each([
    [{ since: "2026-11-31" }, 'since is "2026-11-31"; allowed: a date that exists, written like 2027-03-31'],
    [{ periodDays: 0 }, "periodDays is 0; allowed: a whole number from 1 to 180"],
    [{ overlapDays: 90 }, "overlapDays is 90; allowed: a whole number from 0 to 89"],
    [{ validityDays: 103 }, "validityDays is 103; allowed: a whole number from 104 to 180"],
    [{ validityDays: 181 }, "validityDays is 181; allowed: a whole number from 104 to 180"],
  ])("refuses %j", (change, message) => {
    expect(() => checkRotation({ ...policy, ...change })).toThrow(new Error(`rotation.${message}`));
  });
});
