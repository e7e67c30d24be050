import type { ProofReport } from "@microservice-identities/proof/report";
import { matrixText, timesText } from "../../cli/terminal";

describe("the times of the phases", () => {
  it("are in one column, even beside a long list of stacks", () => {
    expect(timesText({ "Start the local Azure": 500, "Deploy stack shop-dev, finance-dev": 8210 }).split("\n")).toEqual(
      [
        "  Start the local Azure               0.5 s",
        "  Deploy stack shop-dev, finance-dev  8.2 s",
        "  Total                               8.7 s",
      ],
    );
  });
});

describe("the matrix of a proof", () => {
  const refused = { declared: [], got: "AADSTS501051", differences: [] } as const;
  const reportOf = (services: readonly string[]) =>
    ({
      services,
      calls: services.flatMap((caller) =>
        services.filter((api) => api !== caller).map((api) => ({ ...refused, caller, api })),
      ),
    }) as unknown as ProofReport;

  it("has a row for each caller and a column for each API", () => {
    expect(matrixText(reportOf(["a", "b"])).split("\n")).toEqual([
      "┌──────────────┬─────────┬─────────┐",
      "│ caller \\ API │ a       │ b       │",
      "├──────────────┼─────────┼─────────┤",
      "│ a            │         │ refused │",
      "├──────────────┼─────────┼─────────┤",
      "│ b            │ refused │         │",
      "└──────────────┴─────────┴─────────┘",
    ]);
  });

  it("is left out with a sentence where it would be wider than 160 columns", () => {
    const services = Array.from({ length: 400 }, (_, index) => `service-${index}`);
    expect(matrixText(reportOf(services))).toBe(
      "No matrix: with 400 services it would be wider than 160 columns. Each difference is listed below.",
    );
  });
});
