import { capped } from "../capped";
import type { Breach, Rule } from "../rule";
import { ofFile } from "../subject";
import {
  isAttributes,
  isCompilerSettings,
  isInstalledFile,
  isNpmSettings,
  isPulumiRuntime,
  isToolCode,
} from "../tooling/judgedFiles";
import { changedManifests, objectIn } from "../tooling/manifest";
import type { ChangedFile, Tooling } from "../tooling/tooling";

export const changedTools: Rule = {
  id: "changed-tools",
  compares: true,
  severity: "high",
  rationale:
    "Scripts, npm settings, compiler settings and the code of the tools can replace what runs as the program, the review or the deployment. One changed line can make the review report nothing.",
  remedy:
    "Let somebody who is responsible for the pipelines check the change, and merge it apart from changes of access.",
  check: ({ tooling }) =>
    tooling
      ? [
          ...manifests(tooling),
          ...lines(tooling, isNpmSettings, harmlessNpmSetting),
          ...lines(tooling, isAttributes, harmlessAttribute),
          ...compilers(tooling),
          ...files(tooling.files),
        ]
      : [],
};

/** Fields of a `package.json` for people and for publishing. Dependencies have rules of their own. */
const harmlessField =
  /^(name|version|description|keywords|license|author|contributors|repository|bugs|homepage|funding|private|engines|files|sideEffects|types|typings|publishConfig|(dev|optional|peer)?[dD]ependencies|peerDependenciesMeta)$/;

/** Scripts that neither a pipeline that deploys nor npm itself runs. */
const harmlessScript =
  /^(test(:.+)?|lint|format|typecheck|bench|api-reference|local|sample|samples|start|landscape-picture|rotation-year|conformance|schema|one-call-page|parity-page|update-microsoft-data)$/;

const manifests = (tooling: Tooling): Breach[] =>
  changedManifests(tooling).flatMap(({ path, before, now }) => [
    ...differing(scriptsOf(before), scriptsOf(now))
      .filter(([script]) => !harmlessScript.test(script))
      .map(([script, was, is]) => breach(path, `scripts.${script}`, was, is)),
    ...differing(before, now)
      .filter(([field]) => field !== "scripts" && !harmlessField.test(field))
      .map(([field, was, is]) => breach(path, field, was, is)),
  ]);

const scriptsOf = ({ scripts }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  typeof scripts === "object" && scripts !== null ? (scripts as Record<string, unknown>) : {};

const harmlessNpmSetting =
  /^\s*([#;]|$|(fund|audit|loglevel|progress|color|omit-lockfile-registry-resolved|save-exact|engine-strict)\s*=\s*[\w-]+\s*$)/;
/** Attributes that influence only how git shows and merges text. */
const harmlessAttribute = /^\s*(#|$|\S+(\s+(-?(diff|text|linguist-[\w-]+)(=[\w-]+)?|(text=)?auto|eol=lf))+\s*$)/;

/** The lines of a file that are new or gone, apart from harmless ones. */
const lines = ({ files, before, now }: Tooling, isJudged: (path: string) => boolean, harmless: RegExp): Breach[] =>
  files
    .filter(({ path }) => isJudged(path))
    .flatMap(({ path }) => {
      const [old, present] = [before(path), now(path)].map((text) => (text ?? "").split(/\r?\n|\r/));
      const without = (some: readonly string[] = [], others: readonly string[] = []) =>
        some.filter((line) => !others.includes(line) && !harmless.test(line));
      return [
        ...without(present, old).map((line) => ({ subject: ofFile(path), message: `has the new line ${line.trim()}` })),
        ...without(old, present).map((line) => ({
          subject: ofFile(path),
          message: `no longer has the line ${line.trim()}`,
        })),
      ];
    });

/** Settings that select what an import loads, or how it is compiled. The others only influence what the compiler reports. */
const loading =
  /^(paths|baseUrl|rootDirs?|jsx.*|module(Resolution|Suffixes)?|customConditions|allow(Js|ArbitraryExtensions)|resolve.+|plugins|types|typeRoots|preserveSymlinks|experimentalDecorators|useDefineForClassFields|target|verbatimModuleSyntax)$/;

const compilers = ({ files, before, now }: Tooling): Breach[] =>
  files
    .filter(({ path }) => isCompilerSettings(path))
    .flatMap(({ path }) => {
      const [old, present] = [objectIn(before(path)), objectIn(now(path))];
      const isUnread = now(path) !== undefined && Object.keys(present).length === 0;
      return [
        ...(isUnread ? [{ subject: ofFile(path), message: "cannot be read as JSON, so what it maps is unknown" }] : []),
        ...differing(optionsOf(old), optionsOf(present))
          .filter(([option]) => loading.test(option))
          .map(([option, was, is]) => breach(path, `compilerOptions.${option}`, was, is)),
        ...differing(old, present)
          .filter(([field]) => field === "extends")
          .map(([field, was, is]) => breach(path, field, was, is)),
      ];
    });

const optionsOf = ({ compilerOptions }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  typeof compilerOptions === "object" && compilerOptions !== null ? (compilerOptions as Record<string, unknown>) : {};

/** The keys whose values differ, with both values as text. */
const differing = (
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): [string, string | undefined, string | undefined][] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .map((key): [string, string | undefined, string | undefined] => [key, textOf(before[key]), textOf(now[key])])
    .filter(([, was, is]) => was !== is);

const textOf = (value: unknown): string | undefined =>
  value === undefined || typeof value === "string" ? value : JSON.stringify(value);

const breach = (path: string, key: string, was = "not set", is = "not set"): Breach => ({
  subject: ofFile(path, key),
  message: `was ${was}, and is now ${is}`,
});

function files(changed: readonly ChangedFile[]): Breach[] {
  const rooms = new Map<string, ChangedFile[]>();
  for (const file of changed) {
    const room = roomOf(file.path);
    if (isToolCode(file.path) && !isPulumiRuntime(file.path)) rooms.set(room, [...(rooms.get(room) ?? []), file]);
  }
  return [
    ...changed
      .filter(({ path, now }) => now && isInstalledFile(path))
      .map(({ path }) => ({
        subject: ofFile(path),
        message: "is in a folder of installed packages, and loaded in their place",
      })),
    ...changed
      .filter(({ path, now }) => !now && /^Pulumi\.[^/]+\.yaml$/.test(path))
      .map(({ path }) => ({ subject: ofFile(path), message: "is removed, so this stack is no longer reviewed" })),
    ...changed
      .filter(({ path }) => isPulumiRuntime(path))
      .map(({ path, now }) => ({
        subject: ofFile(path),
        message: now ? "selects what Pulumi runs, and is changed" : "is removed",
      })),
    ...[...rooms].map(
      ([room, files]): Breach => ({
        subject: ofFile(room),
        // A report points at a line, which a folder does not have.
        at: { file: (files.find(({ now }) => now) ?? files[0])?.path ?? room },
        message: `has other code: ${capped(
          files.map(({ path }) => path),
          mostNames,
        ).join(", ")}`,
        severity: "medium",
      }),
    ),
  ];
}

const mostNames = 5;
const roomOf = (path: string): string => /^packages\/[^/]+|^[^/]+/.exec(path)?.[0] ?? path;
