import type { Breach, Rule } from "../rule";
import { ofFile } from "../subject";
import type { ChangedFile } from "../tooling/tooling";

export const oddFile: Rule = {
  id: "odd-file",
  compares: true,
  severity: "high",
  rationale:
    "A symbolic link or a submodule contains what is somewhere else, names that differ only in case are one file on some machines, and a name with control characters is not shown as it is. What people read is then not what is deployed.",
  remedy: "Commit a plain file with a plain, unique name.",
  check: ({ tooling }) => (tooling ? [...kinds(tooling.files), ...names(tooling.files)] : []),
};

const kinds = (files: readonly ChangedFile[]): Breach[] =>
  files
    .filter(({ now }) => now !== undefined && now !== "file")
    .map(({ path, before, now }) => ({
      subject: ofFile(path),
      message: before === now ? `is a ${now} to somewhere else than before` : `is a ${now}`,
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
