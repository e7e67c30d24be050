import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findingsSarif } from "@microservice-identities/review/report/sarif";
import { usageRules } from "@microservice-identities/review/usageRules";
import { busyLandscape } from "@microservice-identities/test-support/monthOfTraffic";
import { parse, stringify } from "yaml";
import { patchesOf } from "../../../cli/usage/landscapeEdit";
import { usageMarkdown } from "../../../cli/usage/markdown";
import { conclusion, usageExitCode } from "../../../cli/usage/report";
import { usageText } from "../../../cli/usage/text";
import { parseLandscape } from "../../../components/landscapeDefinition";
import { type JudgedUse, keyOfUse, simulatedUse } from "../../soak/usage";

jest.setTimeout(60_000);

// What these tests cannot prove: that Entra logs what the local Azure logs.

describe("the usage report of a stack whose services called each other for three days", () => {
  let judged: JudgedUse;
  beforeAll(async () => {
    judged = await simulatedUse({ services: 5, days: 3, unused: 6, seed: 4 });
  });

  it("names exactly the planted grants and refused calls", () => {
    const { report, planted } = judged;
    expect(report.findings.map(({ about, message }) => keyOfUse(about, message)).sort()).toEqual(
      planted.map(([caller, api, role, message]) => keyOfUse([caller, api, role], message)).sort(),
    );
    const messages = new Set(planted.map(([, , , message]) => message));
    expect(messages.size).toBe(4);
    expect(usageExitCode(report)).toBe(1);
  });

  it("is the same whether the sign-ins are from Microsoft Graph or from Log Analytics", () => {
    expect(judged.byLogAnalytics).toEqual(judged.report.usage);
  });

  it("has each finding as text and in SARIF, its edit also in Markdown, and ends with the conclusion", () => {
    const { report } = judged;
    const [text, markdown] = [usageText(report), usageMarkdown(report)];
    const log = findingsSarif("usage", usageRules, report, { placeOf: () => ({ file: "pair.yaml", line: 1 }) });
    const results = JSON.parse(log).runs[0].results as { ruleId: string; message: { text: string } }[];
    expect(results).toHaveLength(report.findings.length);
    for (const finding of report.findings) {
      expect(text).toContain(`${finding.subject} ${finding.message} (${finding.rule})`);
      const patch = "patch" in finding ? finding.patch : undefined;
      const isEdited = finding.rule === "unused-grant" || !finding.about.includes("no role");
      expect(patch !== undefined).toBe(isEdited);
      for (const line of patch?.split("\n").filter((each) => /^[+-]/.test(each)) ?? []) {
        expect(text).toContain(line);
        expect(markdown).toContain(line);
      }
    }
    expect(text.endsWith(conclusion(report))).toBe(true);
  });

  it("has edits that remove the unused grants from the landscape, and keep all others", () => {
    const { report, planted } = judged;
    const folder = mkdtempSync(path.join(tmpdir(), "landscape-"));
    try {
      const text = stringify(busyLandscape(5));
      writeFileSync(path.join(folder, "pair.yaml"), text);
      const edits = report.findings.flatMap((each) =>
        "edit" in each && each.edit?.remove !== undefined ? [each.edit] : [],
      );
      const [patch = ""] = patchesOf([{ name: "pair.yaml", text }], edits);
      execFileSync("git", ["apply", "-"], { cwd: folder, input: patch });
      const after = parseLandscape(parse(readFileSync(path.join(folder, "pair.yaml"), "utf8")), "pair.yaml");
      const grantsOf = (services: ReturnType<typeof parseLandscape>["services"]) =>
        Object.entries(services).flatMap(([caller, { calls = {} }]) =>
          Object.entries(calls).flatMap(([api, { roles }]) => roles.map((role) => `${caller} ${api} ${role}`)),
        );
      const plain = (name: string) => (name === "Microsoft Graph" ? "graph" : name.replace(/-dev$/, ""));
      const gone = planted
        .filter(([, , , message]) => message.startsWith("was never used") || message.startsWith("was used only"))
        .map(([caller, api, role]) => `${plain(caller)} ${plain(api)} ${role}`);
      const smaller = planted
        .filter(([, , , message]) => message.startsWith("was used only"))
        .map(([caller, api]) => `${plain(caller)} ${plain(api)} Things.Read`);
      const before = grantsOf(parseLandscape(busyLandscape(5), "pair.yaml").services);
      expect(grantsOf(after.services).sort()).toEqual(
        [...before.filter((grant) => !gone.includes(grant)), ...smaller].sort(),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
