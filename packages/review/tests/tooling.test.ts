import { changeLines } from "../report/changeLines";
import { review } from "../review";
import { isLower } from "../rules/newPackage";
import type { ChangedFile } from "../tooling/tooling";
import { landscape, own } from "./support/landscape";

const today = "2026-11-25";
const resources = landscape({}, [own]);

const digest = (letter: string) => `sha512-${letter.repeat(86)}==`;
const zod = { version: "4.6.7", integrity: digest("z"), license: "MIT" };
const undici = { version: "7.30.2", integrity: digest("u") };
const manifest = {
  name: "shop",
  workspaces: ["packages/*"],
  scripts: { review: "tsx cli/review.ts", test: "jest" },
  dependencies: { undici: "7.30.2", zod: "4.6.7" },
};
const engine = { name: "@shop/engine", dependencies: { zod: "^4.6.7" } };
const link = { resolved: "packages/engine", link: true };
const installed = {
  "node_modules/@shop/engine": link,
  "node_modules/nested": { version: "1.10.0", integrity: digest("n") },
  "node_modules/undici": undici,
  "node_modules/zod": zod,
};
type Files = Readonly<Record<string, string | undefined>>;

/** The files of a project with this root manifest and these installed packages. */
const project = (root: object = manifest, packages: object = installed, others: Files = {}): Files => {
  const { name, workspaces, dependencies, devDependencies } = root as Record<string, object>;
  return {
    "package.json": JSON.stringify(root),
    "packages/engine/package.json": JSON.stringify(engine),
    "package-lock.json": JSON.stringify({
      lockfileVersion: 3,
      packages: { "": { name, workspaces, dependencies, devDependencies }, "packages/engine": engine, ...packages },
    }),
    ...others,
  };
};

const kindIn = (files: Files, path: string) => (files[path] === undefined ? undefined : ("file" as const));
const filesOf = (before: Files, now: Files): ChangedFile[] =>
  Object.keys({ ...before, ...now })
    .filter((path) => before[path] !== now[path])
    .map((path) => ({ path, before: kindIn(before, path), now: kindIn(now, path) }));
const reviewed = (now: Files, before: Files = project(), files: readonly ChangedFile[] = filesOf(before, now)) =>
  review(resources, {
    today,
    before: { resources, tooling: { files, before: (path) => before[path], now: (path) => now[path] } },
  });
const found = (...args: Parameters<typeof reviewed>) =>
  reviewed(...args).newFindings.map(({ severity, rule, subject, message }) => [severity, rule, subject, message]);

const added = (
  name: string,
  wanted: string,
  packages: object = { [`node_modules/${name}`]: { version: wanted, integrity: digest("n") } },
) =>
  project({ ...manifest, dependencies: { ...manifest.dependencies, [name]: wanted } }, { ...installed, ...packages });
const locked = (packages: object) => project(manifest, { ...installed, ...packages });
const withFile = (path: string, text: string) => project(manifest, installed, { [path]: text });

describe("a change to the packages", () => {
  it.each<[string, Files, string[][]]>([
    [
      "a new dependency",
      added("left-pad", "1.3.0"),
      [["medium", "new-package", "package.json: left-pad", "is a new dependency (1.3.0)"]],
    ],
    [
      "a dependency from git",
      added("left-pad", "git+https://example.org/left-pad.git", {
        "node_modules/left-pad": { version: "1.3.0", resolved: "git+ssh://git@example.org/left-pad.git#abc" },
      }),
      [
        ["high", "package-source", "node_modules/left-pad", "has no SHA-512 digest (none)"],
        ["high", "package-source", "package.json: left-pad", "comes from git+https://example.org/left-pad.git"],
        [
          "medium",
          "new-package",
          "package.json: left-pad",
          "is a new dependency (git+https://example.org/left-pad.git)",
        ],
      ],
    ],
    ...[
      "https://example.org/a.tgz",
      "file:../evil",
      "link:../evil",
      "github:evil/zod",
      "evil/zod",
      "npm:evil@1.0.0",
      "latest",
      "workspace:*",
    ].map((wanted): [string, Files, string[][]] => [
      `a known dependency that comes from ${wanted}`,
      project({ ...manifest, dependencies: { ...manifest.dependencies, zod: wanted } }),
      [["high", "package-source", "package.json: zod", `comes from ${wanted}`]],
    ]),
    [
      "an archive from another host",
      locked({
        "node_modules/zod": { ...zod, version: "4.6.8", resolved: "https://registry.example.org/zod/-/zod-4.6.8.tgz" },
      }),
      [
        [
          "high",
          "package-source",
          "node_modules/zod",
          "is downloaded from https://registry.example.org/zod/-/zod-4.6.8.tgz",
        ],
        ["high", "package-source", "package.json: zod", "asks for 4.6.7, and package-lock.json installs 4.6.8"],
      ],
    ],
    [
      "an archive of another package in the registry",
      locked({
        "node_modules/other": {
          version: "1.0.0",
          integrity: digest("n"),
          resolved: "https://registry.npmjs.org/evil/-/evil-1.0.0.tgz",
        },
      }),
      [
        [
          "high",
          "package-source",
          "node_modules/other",
          "is downloaded from https://registry.npmjs.org/evil/-/evil-1.0.0.tgz",
        ],
      ],
    ],
    [
      "the registry over http",
      locked({
        "node_modules/other": {
          version: "1.0.0",
          integrity: digest("n"),
          resolved: "http://registry.npmjs.org/other/-/other-1.0.0.tgz",
        },
      }),
      [
        [
          "high",
          "package-source",
          "node_modules/other",
          "is downloaded from http://registry.npmjs.org/other/-/other-1.0.0.tgz",
        ],
      ],
    ],
    [
      "a package without a digest",
      locked({ "node_modules/zod": { version: "4.6.7" } }),
      [["high", "package-source", "node_modules/zod", "has no SHA-512 digest (none)"]],
    ],
    [
      "a package with a weak digest",
      locked({ "node_modules/zod": { ...zod, integrity: "sha1-abc" } }),
      [["high", "package-source", "node_modules/zod", "has no SHA-512 digest (sha1-abc)"]],
    ],
    [
      "another digest for the same version",
      locked({ "node_modules/zod": { ...zod, integrity: digest("e") } }),
      [
        [
          "high",
          "package-source",
          "node_modules/zod",
          "is not the 4.6.7 that was installed before: the lock file has other values for the same version",
        ],
      ],
    ],
    [
      "another dependency of the same version",
      locked({
        "node_modules/zod": { ...zod, dependencies: { evil: "1.0.0" } },
        "node_modules/evil": { version: "1.0.0", integrity: digest("e") },
      }),
      [
        [
          "high",
          "package-source",
          "node_modules/zod",
          "is not the 4.6.7 that was installed before: the lock file has other values for the same version",
        ],
      ],
    ],
    [
      "the same version with another digest in another place",
      locked({ "packages/engine/node_modules/zod": { ...zod, integrity: digest("e") } }),
      [
        [
          "high",
          "package-source",
          "packages/engine/node_modules/zod",
          "is not the 4.6.7 that was installed before: the lock file has other values for the same version",
        ],
      ],
    ],
    [
      "another package under a known name",
      locked({ "node_modules/zod": { ...zod, name: "evil", integrity: digest("e") } }),
      [["high", "package-source", "node_modules/zod", "was the package zod, and is now evil"]],
    ],
    [
      "a link to a folder instead of a package",
      locked({ "node_modules/zod": { resolved: "packages/engine", link: true } }),
      [["high", "package-source", "node_modules/zod", "was a package, and is now a link to packages/engine"]],
    ],
    [
      "a link out of the project",
      locked({ "node_modules/@shop/engine": { resolved: "../evil", link: true } }),
      [
        [
          "high",
          "package-source",
          "node_modules/@shop/engine",
          "is a link to ../evil, which is not a package of the project",
        ],
      ],
    ],
    [
      "a lock file that disagrees with package.json",
      {
        ...project(),
        "package.json": JSON.stringify({ ...manifest, dependencies: { undici: "7.30.2", zod: "4.6.8" } }),
      },
      [["high", "package-source", "package.json: zod", "asks for 4.6.8, and package-lock.json installs 4.6.7"]],
    ],
    [
      "a package that is only in the lock file",
      {
        ...project(),
        "package-lock.json": JSON.stringify({
          lockfileVersion: 3,
          packages: {
            "": { ...manifest, dependencies: { ...manifest.dependencies, evil: "1.0.0" } },
            "packages/engine": engine,
            ...installed,
          },
        }),
      },
      [["high", "package-source", "package.json: evil", "asks for nothing, and package-lock.json installs 1.0.0"]],
    ],
    [
      "a lock file that cannot be read",
      { ...project(), "package-lock.json": "{" },
      [
        [
          "high",
          "package-source",
          "package-lock.json",
          "is not a lock file of version 3, so what it installs is unknown",
        ],
      ],
    ],
    [
      "a shrinkwrap",
      withFile("npm-shrinkwrap.json", "{}"),
      [["high", "package-source", "npm-shrinkwrap.json", "is read by npm instead of package-lock.json"]],
    ],
    [
      "a patch of a package",
      withFile("patches/zod+4.6.7.patch", "+evil"),
      [["high", "package-source", "patches/zod+4.6.7.patch", "changes an installed package"]],
    ],
    [
      "an older version",
      locked({ "node_modules/nested": { version: "1.9.0", integrity: digest("o") } }),
      [["medium", "new-package", "node_modules/nested", "was 1.10.0, and is now 1.9.0, which is older"]],
    ],
    [
      "an install script",
      locked({ "node_modules/nested": { version: "1.10.1", integrity: digest("o"), hasInstallScript: true } }),
      [["medium", "new-package", "node_modules/nested", "runs a script when it is installed"]],
    ],
    [
      "a package under another name",
      locked({ "node_modules/width-cjs": { name: "width", version: "1.0.0", integrity: digest("o") } }),
      [["medium", "new-package", "node_modules/width-cjs", "is the package width under a different name"]],
    ],
    [
      "overrides",
      project({ ...manifest, overrides: { zod: "4.0.0" } }),
      [["high", "changed-tools", "package.json: overrides", 'was not set, and is now {"zod":"4.0.0"}']],
    ],
  ])("%s is a finding", (_, now, expected) => {
    expect(found(now)).toEqual(expected);
  });

  it("an ordinary update with its new dependencies is one line of the change, without a finding", () => {
    const brought = Object.fromEntries(
      Array.from({ length: 30 }, (__, index) => [
        `node_modules/brought-${10 + index}`,
        { version: "1.0.0", integrity: digest("b") },
      ]),
    );
    const now = project(
      { ...manifest, dependencies: { ...manifest.dependencies, undici: "7.31.0" } },
      {
        ...installed,
        "node_modules/undici": { version: "7.31.0", integrity: digest("v"), dependencies: { "brought-10": "1.0.0" } },
        ...brought,
      },
    );
    const { newFindings, change } = reviewed(now);
    expect([newFindings, change && changeLines(change)]).toEqual([
      [],
      [
        "~ packages: undici 7.30.2 → brought-10 1.0.0, brought-11 1.0.0, brought-12 1.0.0, brought-13 1.0.0, and 27 more",
      ],
    ]);
  });

  it.each<[string, Files]>([
    [
      "a package that moves to another place",
      project(manifest, { ...installed, "packages/engine/node_modules/zod": zod }),
    ],
    ["a package that is now needed only for development", locked({ "node_modules/zod": { ...zod, dev: true } })],
    [
      "a package that is bundled in another",
      locked({ "node_modules/zod/node_modules/inner": { version: "1.0.0", inBundle: true } }),
    ],
    [
      "an archive from the registry itself",
      locked({
        "node_modules/@a/b": {
          version: "1.0.0",
          integrity: digest("n"),
          resolved: "https://registry.npmjs.org/@a/b/-/b-1.0.0.tgz",
        },
      }),
    ],
    [
      "a removed dependency",
      project({ ...manifest, dependencies: { zod: "4.6.7" } }, { ...installed, "node_modules/undici": undefined }),
    ],
    ["a range", project({ ...manifest, dependencies: { ...manifest.dependencies, zod: "^4.6.7" } })],
  ])("%s is not a finding", (_, now) => {
    expect(found(now)).toEqual([]);
  });

  it("a mirror that the base already uses is not a finding", () => {
    const from = (version: string) => ({
      version,
      integrity: digest(version[0] ?? ""),
      resolved: `https://npm.example.org/zod/-/zod-${version}.tgz`,
    });
    const [before, now] = ["4.6.7", "4.6.8"].map((version) =>
      project(
        { ...manifest, dependencies: { ...manifest.dependencies, zod: version } },
        { ...installed, "node_modules/zod": { ...from(version), integrity: digest(version === "4.6.7" ? "a" : "b") } },
      ),
    ) as [Files, Files];
    expect(found(now, before)).toEqual([]);
  });

  it.each([
    ["1.9.0", "1.10.0", true],
    ["2.0.0", "1.10.0", false],
    ["2.0.0-rc.1", "2.0.0", true],
    ["2.0.0", "2.0.0-rc.1", false],
    ["2.0.0-rc.2", "2.0.0-rc.10", true],
    ["2.0.0+a", "2.0.0+b", false],
  ])("whether %s is lower than %s: %s", (one, other, expected) => {
    expect(isLower(one, other)).toBe(expected);
  });
});

describe("a change to the tools", () => {
  const changed = (more: object) => project({ ...manifest, ...more });
  const scripts = (more: object) => changed({ scripts: { ...manifest.scripts, ...more } });
  it.each<[string, Files, string, string, string]>([
    [
      "the script of the review",
      scripts({ review: "true" }),
      "high",
      "package.json: scripts.review",
      "was tsx cli/review.ts, and is now true",
    ],
    [
      "a script before the review",
      scripts({ prereview: "sh evil.sh" }),
      "high",
      "package.json: scripts.prereview",
      "was not set, and is now sh evil.sh",
    ],
    [
      "a script after the installation",
      scripts({ postinstall: "patch-package" }),
      "high",
      "package.json: scripts.postinstall",
      "was not set, and is now patch-package",
    ],
    [
      "other imports",
      changed({ imports: { "#rules": "./evil.js" } }),
      "high",
      "package.json: imports",
      'was not set, and is now {"#rules":"./evil.js"}',
    ],
    [
      "more workspaces",
      changed({ workspaces: ["packages/*", "evil"] }),
      "high",
      "package.json: workspaces",
      'was ["packages/*"], and is now ["packages/*","evil"]',
    ],
    [
      "another manifest in a folder of the program",
      withFile("stacks/package.json", '{"type":"module"}'),
      "high",
      "stacks/package.json: type",
      "was not set, and is now module",
    ],
    [
      "a plugin's server",
      changed({ pulumi: { server: "https://example.org" } }),
      "high",
      "package.json: pulumi",
      'was not set, and is now {"server":"https://example.org"}',
    ],
    [
      "another registry",
      withFile(".npmrc", "registry=https://example.org\n"),
      "high",
      ".npmrc",
      "has the new line registry=https://example.org",
    ],
    [
      "options of Node",
      withFile(".npmrc", "node-options=--require ./evil.js\n"),
      "high",
      ".npmrc",
      "has the new line node-options=--require ./evil.js",
    ],
    [
      "a mapped import",
      withFile("tsconfig.json", '{"compilerOptions":{"paths":{"zod":["./evil"]}}}'),
      "high",
      "tsconfig.json: compilerOptions.paths",
      'was not set, and is now {"zod":["./evil"]}',
    ],
    [
      "compiler settings from elsewhere",
      withFile("tsconfig.json", '{"extends":"./evil.json"}'),
      "high",
      "tsconfig.json: extends",
      "was not set, and is now ./evil.json",
    ],
    [
      "compiler settings that are not plain JSON",
      withFile("tsconfig.json", '{ // "paths"\n}'),
      "high",
      "tsconfig.json",
      "cannot be read as JSON, so what it maps is unknown",
    ],
    [
      "the runtime of the policy pack",
      withFile("packages/review/pack/PulumiPolicy.yaml", "runtime: python"),
      "high",
      "packages/review/pack/PulumiPolicy.yaml",
      "selects what Pulumi runs, and is changed",
    ],
    [
      "a committed file in node_modules",
      withFile("stacks/node_modules/zod/index.js", "evil"),
      "high",
      "stacks/node_modules/zod/index.js",
      "is in a folder of installed packages, and loaded in their place",
    ],
    [
      "a filter of git",
      withFile(".gitattributes", "stacks/*.ts filter=lfs\n"),
      "high",
      ".gitattributes",
      "has the new line stacks/*.ts filter=lfs",
    ],
    [
      "another encoding in git",
      withFile("stacks/.gitattributes", "*.yaml working-tree-encoding=UTF-16\n"),
      "high",
      "stacks/.gitattributes",
      "has the new line *.yaml working-tree-encoding=UTF-16",
    ],
    [
      "code of the review",
      withFile("packages/review/rules/openApi.ts", "evil"),
      "medium",
      "packages/review",
      "has other code: packages/review/rules/openApi.ts",
    ],
    [
      "a workflow",
      withFile(".github/workflows/deploy.yml", "evil"),
      "medium",
      ".github",
      "has other code: .github/workflows/deploy.yml",
    ],
    [
      "code that a deployment runs",
      withFile("components/hooks.ts", "evil"),
      "medium",
      "components",
      "has other code: components/hooks.ts",
    ],
  ])("%s is a finding", (_, now, severity, subject, message) => {
    expect(found(now)).toEqual([[severity, "changed-tools", subject, message]]);
  });

  it.each<[string, Files]>([
    ["a script for developers", scripts({ test: "jest --ci", lint: "biome ci ." })],
    ["a description", changed({ description: "The shop.", engines: { node: ">=22" } })],
    ["a setting for npm's notices", withFile(".npmrc", "# quiet\nfund=false\n")],
    [
      "a stricter compiler",
      withFile("tsconfig.json", '{"compilerOptions":{"noImplicitAny":true},"include":["stacks"]}'),
    ],
    [
      "git attributes for the display of text",
      withFile(".gitattributes", "*.png -text\ndocs/* linguist-generated=true\n* text=auto eol=lf\n"),
    ],
    ["tests of the tools", withFile("packages/review/tests/rules.test.ts", "it()")],
    ["a page", withFile("packages/review/README.md", "# Review")],
    ["the landscape", withFile("stacks/shop.ts", "export const shop = {};")],
  ])("%s is not a finding", (_, now) => {
    expect(found(now)).toEqual([]);
  });
});

it("a finding about a folder points at its first changed file that still exists, and names all of them", () => {
  const files: ChangedFile[] = [
    { path: "cli/added.ts", now: "file" },
    { path: "cli/changed.ts", before: "file", now: "file" },
    { path: "cli/a.ts", before: "file" },
    { path: "components/removed.ts", before: "file" },
  ];
  const places = reviewed(project(), project(), files).newFindings.map(({ subject, at, message }) => [
    subject,
    at,
    message,
  ]);
  expect(places).toEqual([
    ["cli", { file: "cli/added.ts" }, "has other code: cli/added.ts, cli/changed.ts, cli/a.ts"],
    ["components", { file: "components/removed.ts" }, "has other code: components/removed.ts"],
  ]);
});

describe("the code of the program", () => {
  const line = (files: readonly ChangedFile[]) => reviewed(project(), project(), files).change?.altered;
  const file = (path: string): ChangedFile => ({ path, before: "file", now: "file" });

  it("is a line of the change, because a deployment can run code that no resource shows", () => {
    const files = ["stacks/shop.ts", "stacks/index.ts", "team/a.mjs", "team/b.json", "team/c.node"].map(file);
    expect(line(files)).toEqual([
      {
        what: "code of the program",
        from: "",
        to: "changed in stacks/shop.ts, stacks/index.ts, team/a.mjs, team/b.json, and 1 more",
      },
    ]);
  });

  it("is not a line of the change if only pages, tests and settings differ", () => {
    expect(line(["docs/a.ts", "README.md", "tests/a.ts", "Pulumi.dev.yaml", "package.json"].map(file))).toEqual([]);
  });

  it("is no longer reviewed for a stack whose settings are removed, which is a finding", () => {
    expect(found(project(), project(), [{ path: "Pulumi.prod.yaml", before: "file" }])).toEqual([
      ["high", "changed-tools", "Pulumi.prod.yaml", "is removed, so this stack is no longer reviewed"],
    ]);
  });
});

describe("a file that readers can mistake for another", () => {
  it.each<[string, ChangedFile, string]>([
    ["a new symbolic link", { path: "stacks/shop.ts", before: "file", now: "symbolic link" }, "is a symbolic link"],
    [
      "a moved symbolic link",
      { path: "stacks/shop.ts", before: "symbolic link", now: "symbolic link" },
      "is a symbolic link that now points somewhere else",
    ],
    ["a submodule", { path: "vendor", now: "submodule" }, "is a submodule"],
    [
      "another commit of a submodule",
      { path: "vendor", before: "submodule", now: "submodule" },
      "is a submodule that now points somewhere else",
    ],
    [
      "a line break in a name",
      { path: "stacks/a\nb.ts", now: "file" },
      "has a name with characters that are not shown",
    ],
    [
      "a text direction character in a name",
      { path: "stacks/a\u202eb.ts", now: "file" },
      "has a name with characters that are not shown",
    ],
    [
      "a name that differs only in case",
      { path: "stacks/Shop.ts", now: "file", sameButCase: ["stacks/shop.ts"] },
      "differs only in case from stacks/shop.ts",
    ],
  ])("%s is a finding", (_, file, message) => {
    expect(found(project(), project(), [file])).toEqual([["high", "odd-file", file.path, message]]);
  });

  it.each<[string, ChangedFile]>([
    ["a plain file", { path: "stacks/Grüße 1.ts", now: "file" }],
    ["a removed symbolic link", { path: "stacks/shop.ts", before: "symbolic link" }],
    ["a removed file with a line break in its name", { path: "stacks/a\nb.ts", before: "file" }],
  ])("%s is not a finding", (_, file) => {
    expect(found(project(), project(), [file])).toEqual([]);
  });
});
