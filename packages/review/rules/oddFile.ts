import type { Breach, Rule } from "../rule";
import { ofFile } from "../subject";
import type { ChangedFile } from "../tooling/tooling";

export const oddFile: Rule = {
  id: "odd-file",
  compares: true,
  severity: "high",
  rationale:
    "Reviewers may not see what is deployed: a symbolic link or a submodule points to content elsewhere, names that differ only in case are the same file on some machines, and a name with control characters looks like another name.",
  remedy: "Commit a plain file with a plain, unique name.",
  check: ({ tooling }) => (tooling ? [...kinds(tooling.files), ...names(tooling.files)] : []),
};

const kinds = (files: readonly ChangedFile[]): Breach[] =>
  files
    .filter(({ now }) => now !== undefined && now !== "file")
    .map(({ path, before, now }) => ({
      subject: ofFile(path),
      message: before === now ? `is a ${now} that now points somewhere else` : `is a ${now}`,
    }));

/** Control characters, and characters that change the direction of text or are not visible. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\ufffd]/u;

const names = (files: readonly ChangedFile[]): Breach[] => {
  const present = files.filter(({ now }) => now !== undefined);
  return [
    ...present
      .filter(({ path }) => hidden.test(path))
      .map(({ path }) => ({ subject: ofFile(path), message: "has a name with characters that are not shown" })),
    ...present
      .filter(({ sameButCase = [] }) => sameButCase.length > 0)
      .map(({ path, sameButCase = [] }) => ({
        subject: ofFile(path),
        message: `differs only in case from ${sameButCase.join(", ")}`,
      })),
  ];
};
