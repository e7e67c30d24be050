import { changeLines, nothingChanges } from "../report/changeLines";
import { reviewHtml } from "../report/html";
import { reviewJunit } from "../report/junit";
import { reviewMarkdown } from "../report/markdown";
import { reviewSarif } from "../report/sarif";
import { reviewText } from "../report/text";
import { review } from "../review";
import type { Finding } from "../rule";
import { reviewJson, savedReview } from "../savedReview";
import { noWaivers, type Waiver, type Waivers } from "../waivers";
import { landscape, resource } from "./support/landscape";

const today = "2026-11-25";
const opened = landscape({ principal: { appRoleAssignmentRequired: false } });
const [found] = review(opened, { today }).findings;
if (!found) throw new Error("the landscape has no finding to accept");
const { rule, subject, message } = found;
const waiver: Waiver = {
  rule,
  subject,
  accepts: message,
  stack: "dev",
  reason: "It is closed in January.",
  owner: "the api team",
  until: "2027-01-31",
};
const name = `${subject} (${rule})`;
const waiversOf = (...waivers: Waiver[]): Waivers => ({ ...noWaivers, waivers });
const compared = (before: Waivers | undefined, waivers: Waivers, resources = opened) =>
  review(resources, { today, waivers, before: { resources: opened, ...(before ? { waivers: before } : {}) } });

describe("a waiver in a change", () => {
  const cases: readonly [string, Waivers, Waivers, string[], string[]][] = [
    [
      "is added",
      waiversOf(),
      waiversOf(waiver),
      [`+ waiver of the api team for ${name}, until 2027-01-31: ${message}`],
      [`accepts until 2027-01-31: ${message}`],
    ],
    [
      "lasts longer",
      waiversOf(waiver),
      waiversOf({ ...waiver, until: "2027-06-30" }),
      [`~ until of the waiver for ${name}: 2027-01-31 → 2027-06-30`],
      [`accepted until 2027-01-31, and accepts until 2027-06-30: ${message}`],
    ],
    [
      "accepts another message",
      waiversOf({ ...waiver, accepts: "is half open" }),
      waiversOf(waiver),
      [
        `+ waiver of the api team for ${name}, until 2027-01-31: ${message}`,
        `- waiver of the api team for ${name}, until 2027-01-31: is half open`,
      ],
      [`accepts until 2027-01-31: ${message}`],
    ],
    [
      "is moved here from another stack",
      waiversOf({ ...waiver, stack: "prod" }),
      waiversOf(waiver),
      [`+ waiver of the api team for ${name}, until 2027-01-31: ${message}`],
      [`accepts until 2027-01-31: ${message}`],
    ],
    [
      "expires earlier",
      waiversOf(waiver),
      waiversOf({ ...waiver, until: "2026-12-31" }),
      [`~ until of the waiver for ${name}: 2027-01-31 → 2026-12-31`],
      [],
    ],
    [
      "has another owner",
      waiversOf(waiver),
      waiversOf({ ...waiver, owner: "the shop team" }),
      [`~ owner of the waiver for ${name}: the api team → the shop team`],
      [],
    ],
    [
      "can last longer because of the file's setting",
      { ...waiversOf(waiver), longestDays: 90 },
      waiversOf(waiver),
      ["~ longest duration of a waiver: 90 days → 366 days"],
      [],
    ],
    [
      "is removed",
      waiversOf(waiver),
      waiversOf(),
      [`- waiver of the api team for ${name}, until 2027-01-31: ${message}`],
      [],
    ],
    ["stays", waiversOf(waiver), waiversOf(waiver), [nothingChanges], []],
    ["is for another stack", waiversOf(), waiversOf({ ...waiver, stack: "prod" }), [nothingChanges], []],
  ];
  it.each(cases)(
    "is a line of the change if it differs, and a new finding if it accepts more: it %s",
    (_, old, now, lines, found) => {
      const { change, newFindings } = compared(old, now);
      expect(change && changeLines(change)).toEqual(lines);
      expect(
        newFindings.filter(({ rule }) => rule === "new-waiver").map((each) => [each.subject, each.message]),
      ).toEqual(found.map((text) => [name, text]));
    },
  );

  it("is in the report of every format", async () => {
    const result = compared(waiversOf(), waiversOf(waiver));
    const declarations = { placeOf: () => ({ file: "stacks/index.ts", line: 1 }) };
    const reports = {
      text: reviewText(result),
      markdown: reviewMarkdown(result),
      html: await reviewHtml(result),
      json: reviewJson(result),
      sarif: reviewSarif(result, declarations as never),
      junit: reviewJunit(result),
    };
    for (const [format, report] of Object.entries(reports)) {
      expect([format, report.includes("new-waiver"), report.includes("accepts until 2027-01-31")]).toEqual([
        format,
        true,
        true,
      ]);
    }
  });

  it("is compared with the waivers of a saved review", () => {
    const saved = (waivers: Waivers) => savedReview.parse(JSON.parse(reviewJson(review(opened, { today, waivers }))));
    const linesAgainst = (waivers: Waivers) =>
      review(opened, { today, waivers: waiversOf(waiver), before: { review: saved(waivers) } }).newFindings.map(
        (each) => each.rule,
      );
    expect([linesAgainst(waiversOf()), linesAgainst(waiversOf(waiver))]).toEqual([["new-waiver"], []]);
  });
});

describe("a waiver for a new finding", () => {
  const closed = landscape({});
  const change = (before: Waivers | undefined, from = closed, now = opened) =>
    review(now, {
      today,
      waivers: waiversOf(waiver),
      before: { resources: from, ...(before ? { waivers: before } : {}) },
    });
  it.each<[string, ReturnType<typeof change>, string[], string[]]>([
    ["has no effect in the change that adds the waiver", change(waiversOf()), [rule, "new-waiver"], []],
    [
      "has no effect in the change that renews the expired waiver",
      change(waiversOf({ ...waiver, until: "2026-11-24" })),
      [rule, "new-waiver"],
      [],
    ],
    ["has an effect if it existed before the change", change(waiversOf(waiver)), [], [rule]],
    ["has an effect if the earlier waivers are not known", change(undefined), [], [rule]],
    ["has an effect on a finding that existed before the change", change(waiversOf(), opened), ["new-waiver"], [rule]],
  ])("%s", (_, { newFindings, waived }, found, accepted) => {
    expect(newFindings.map((each) => each.rule).sort()).toEqual([...found].sort());
    expect(waived.map((each) => each.rule)).toEqual(accepted);
  });

  it("adds to the remedy that it has no effect yet", () => {
    const found = change(waiversOf()).newFindings.find((each) => each.rule === rule);
    expect(
      found?.remedy.endsWith(
        " The waiver that this change adds does not count yet: merge it alone, before the change.",
      ),
    ).toBe(true);
  });

  it.each([
    ["the earlier waiver", 1],
    ["a copy of the earlier waiver", 2],
  ])("accepts only the earlier one of two resources with the same name, with %s", (_, copies) => {
    const command = (parent: string) =>
      resource("command:local:Command", "tidy", {}, { urn: `urn:pulumi:dev::p::${parent}command:local:Command::tidy` });
    const one = landscape({}, [command("")]);
    const [not] = review(one, { today }).findings;
    if (!not) throw new Error("the command has no finding");
    const accepting = { ...waiver, rule: not.rule, subject: not.subject, accepts: not.message };
    const { newFindings, waived } = review(landscape({}, [command(""), command("Other$")]), {
      today,
      waivers: waiversOf(...Array(copies).fill(accepting)),
      before: { resources: one, waivers: waiversOf(accepting) },
    });
    const ofCommands = (findings: readonly Finding[]) =>
      findings.filter((finding) => finding.rule === not.rule).map((finding) => finding.subject);
    expect([ofCommands(newFindings), ofCommands(waived)]).toEqual([[not.subject], [not.subject]]);
  });
});
