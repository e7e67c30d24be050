import { reviewHtml } from "../report/html";
import { reviewMarkdown } from "../report/markdown";
import { reviewText } from "../report/text";
import { type Review, review } from "../review";
import { findingsOf } from "../rule";
import { unusedGrant } from "../rules/unusedGrant";
import type { GrantState, SavedUsage } from "../usage/savedUsage";
import { waive } from "../waivers";

const today = "2026-11-25";
const empty = review([], { today });
const grant = { caller: "orders-dev", api: "inventory-dev", role: "Inventory.Write" };
const usageWith = (state: GrantState, until = "2026-11-24"): SavedUsage => ({
  stack: "dev",
  today: until,
  from: "2026-08-27",
  until,
  leastDays: 30,
  grants: [{ ...grant, state, uses: 0, tokens: 12, days: 60, by: "guard" }],
  refused: [],
  others: [],
  later: 0,
});
const judged = (usage: SavedUsage | undefined) =>
  findingsOf([unusedGrant], {
    resources: [],
    model: { ...empty.model, grants: [grant, { ...grant, role: "Inventory.Read" }] },
    today,
    stack: "dev",
    ...(usage ? { usage } : {}),
  });

describe("a grant in a usage report", () => {
  it.each<[GrantState, string[]]>([
    ["unused", ["was never used"]],
    ["reads", ["was used only to read, and allows more"]],
    ["used", []],
    ["token", []],
    ["young", []],
    ["unknown", []],
  ])("with the state %s has the findings %j", (state, messages) => {
    expect(judged(usageWith(state)).map(({ message }) => message)).toEqual(messages);
  });

  it("is reported with the period and the age of the evidence, and a waiver for it does not depend on the age", () => {
    const remedies = ["2026-11-24", "2026-11-01"].map((until) => judged(usageWith("unused", until)));
    expect(remedies.flat().map(({ subject, remedy }) => [subject, remedy])).toEqual([
      [
        "orders-dev → inventory-dev Inventory.Write",
        "Remove the role from the call; `npm run usage` prints the edit of the landscape. Evidence: recorded by the API's guard on 60 of the 90 days from 2026-08-27 to 2026-11-24, which is 1 day ago.",
      ],
      [
        "orders-dev → inventory-dev Inventory.Write",
        "Remove the role from the call; `npm run usage` prints the edit of the landscape. Evidence: recorded by the API's guard on 60 of the 67 days from 2026-08-27 to 2026-11-01, which is 24 days ago.",
      ],
    ]);
    const waiver = {
      rule: "unused-grant",
      subject: "orders-dev → inventory-dev Inventory.Write",
      accepts: "was never used",
      stack: "dev",
      reason: "It is for the stocktaking in January.",
      owner: "the shop team",
      until: "2027-01-31",
    };
    const about = { stack: "dev", today };
    for (const findings of remedies) expect(waive(findings, { waivers: [waiver] }, about).findings).toEqual([]);
    // Without a usage report, the waiver may still be needed.
    expect(waive(judged(undefined), { waivers: [waiver] }, about).findings).toEqual([]);
  });
});

describe("the review's reports", () => {
  const times = (text: string, words: string) => text.split(words).length - 1;
  const reports = async (of: Review) => [reviewText(of, { width: 500 }), reviewMarkdown(of), await reviewHtml(of)];

  it("say once that the use of grants is not known, without a finding", async () => {
    expect(judged(undefined)).toEqual([]);
    const words = "Whether the grants are used is not known: there is no usage report (--usage).";
    for (const text of await reports(empty)) expect(times(text, words)).toBe(1);
  });

  it("say once which period was recorded, and how long ago it ended", async () => {
    const words = "The use of the grants was recorded from 2026-08-27 to 2026-11-24, 1 day ago.";
    for (const text of await reports(review([], { today, usage: usageWith("used") })))
      expect(times(text, words)).toBe(1);
    const [nothing] = await reports(review([], { today, usage: usageWith("unknown", "2026-08-26") }));
    expect(nothing).toContain("Whether the grants are used is not known: nothing has been recorded since 2026-08-27.");
  });
});
