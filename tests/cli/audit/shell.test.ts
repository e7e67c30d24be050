import { execFileSync } from "node:child_process";
import { shell } from "../../../cli/audit/shell";

it.each(["plain-name", "a name", "$(touch x)", "it's; rm -rf /", "`id`", "a\nb", "", "*"])(
  "a shell reads the quoted value %j as one word, and runs no part of it",
  (value) => {
    expect(execFileSync("sh", ["-c", shell`printf '%s|' ${value} end`], { encoding: "utf8" })).toBe(`${value}|end|`);
  },
);
