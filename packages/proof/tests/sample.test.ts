import fc from "fast-check";
import { pace } from "../pace";
import { sampleOf } from "../sample";

describe("a sample", () => {
  const items = fc.uniqueArray(fc.integer(), { maxLength: 50 });
  const sample = fc.record({ size: fc.nat({ max: 60 }), seed: fc.integer() });

  it("contains the given number of items in their order, and is the same for the same seed", () => {
    fc.assert(
      fc.property(items, sample, (all, given) => {
        const chosen = sampleOf(all, given);
        expect(chosen).toHaveLength(Math.min(given.size, all.length));
        expect(chosen).toEqual(all.filter((item) => chosen.includes(item)));
        expect(sampleOf(all, given)).toEqual(chosen);
      }),
    );
  });

  it("contains each item for some seed", () => {
    const all = Array.from({ length: 20 }, (_, index) => index);
    const reached = Array.from({ length: 200 }, (_, seed) => sampleOf(all, { size: 2, seed })).flat();
    expect(new Set(reached).size).toBe(20);
  });
});

describe("a pace", () => {
  it("starts the given number of tasks per second, evenly, however long each task takes", async () => {
    let now = 0;
    const turn = pace(
      4,
      () => now,
      async (milliseconds) => (now += milliseconds),
    );
    const begun: number[] = [];
    for (const takes of [0, 10, 0, 700, 0, 0]) {
      await turn();
      begun.push(now);
      now += takes;
    }
    expect(begun).toEqual([0, 250, 500, 750, 1450, 1700]);
  });

  it("does not wait if there is no limit", async () => {
    const wait = jest.fn();
    await pace(undefined, () => 0, wait)();
    expect(wait).not.toHaveBeenCalled();
  });
});
