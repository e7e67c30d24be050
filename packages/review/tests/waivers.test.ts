import type { Finding } from "../rule";
import { type Waiver, waive, waiverFile } from "../waivers";

const finding: Finding = {
  rule: "unused-role",
  severity: "low",
  subject: "ingest-dev Feeds.Write",
  about: ["ingest-dev", "Feeds.Write"],
  message: "is granted to nobody",
  remedy: "Remove it.",
};
const other: Finding = { ...finding, subject: "orders-dev Orders.Write", about: ["orders-dev", "Orders.Write"] };
const waiver: Waiver = {
  rule: "unused-role",
  subject: "ingest-dev Feeds.Write",
  accepts: "is granted to nobody",
  stack: "dev",
  reason: "It comes in January.",
  owner: "the ingest team",
  until: "2026-11-25",
};
const here = { stack: "dev", today: "2026-11-25" };

describe("waivers", () => {
  it("accept exactly their finding until their last day, and keep it visible", () => {
    expect(waive([finding, other], { waivers: [waiver] }, here)).toEqual({
      findings: [other],
      waived: [{ ...finding, waiver }],
    });
  });

  it("are findings themselves after they have expired, in addition to the finding that they accepted", () => {
    expect(waive([finding], { waivers: [{ ...waiver, until: "2026-11-24" }] }, here)).toEqual({
      findings: [
        finding,
        {
          rule: "expired-waiver",
          severity: "medium",
          subject: "ingest-dev Feeds.Write (unused-role)",
          about: ["ingest-dev Feeds.Write", "unused-role"],
          at: { file: "stacks/waivers.yaml", text: "subject: ingest-dev Feeds.Write" },
          message: "was waived until 2026-11-24 by the ingest team",
          remedy: "Correct the finding, or let the owner renew the waiver.",
        },
      ],
      waived: [],
    });
  });

  it("are findings themselves if they match no finding", () => {
    expect(waive([other], { waivers: [waiver] }, here).findings).toEqual([
      other,
      {
        rule: "unused-waiver",
        severity: "medium",
        subject: "ingest-dev Feeds.Write (unused-role)",
        about: ["ingest-dev Feeds.Write", "unused-role"],
        at: { file: "stacks/waivers.yaml", text: "subject: ingest-dev Feeds.Write" },
        message: "matches no finding",
        remedy: "Remove the waiver.",
      },
    ]);
  });

  it("apply only to their own stack, and are not reported as unused in other stacks", () => {
    expect(waive([finding], { waivers: [waiver] }, { ...here, stack: "prod" })).toEqual({
      findings: [finding],
      waived: [],
    });
  });

  it("need a known rule, an owner and a day", () => {
    const { error } = waiverFile.safeParse({ waivers: [{ ...waiver, rule: "no-rule", owner: " ", until: "soon" }] });
    expect(error?.issues.map(({ path }) => path.join("."))).toEqual([
      "waivers.0.rule",
      "waivers.0.owner",
      "waivers.0.until",
    ]);
  });
});
