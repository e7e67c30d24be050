import { agoInWords, daysBetween, isoDay, startOf } from "../days";

describe("a day", () => {
  it("is the day in UTC, until its last millisecond", () => {
    expect([isoDay("2026-11-25T23:59:59.999Z"), isoDay(new Date("2026-11-26T00:30:00+01:00")), isoDay(0)]).toEqual([
      "2026-11-25",
      "2026-11-25",
      "1970-01-01",
    ]);
  });

  it("begins at midnight UTC", () => {
    expect(startOf("2028-02-29").toISOString()).toBe("2028-02-29T00:00:00.000Z");
  });

  it("has the right distance to another day or time, even across the end of daylight saving time", () => {
    expect([
      daysBetween("2026-10-24", "2026-10-26"),
      daysBetween("2026-11-25", "2026-11-24T12:00:00Z"),
      daysBetween("2026-11-25", "2026-11-25"),
    ]).toEqual([2, -0.5, 0]);
  });

  it("is described as today, 1 day ago or 2 days ago", () => {
    expect(["2026-11-25", "2026-11-24", "2026-11-23"].map((day) => agoInWords(day, "2026-11-25"))).toEqual([
      "today",
      "1 day ago",
      "2 days ago",
    ]);
  });
});
