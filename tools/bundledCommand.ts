import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

/**
 * Bundles a compiled command and everything that it loads into `{name}.bundle.js`, and replaces the command by a file that loads it.
 * Otherwise, most of its start time is spent finding and reading hundreds of files. The licences of the bundled packages are written
 * beside it.
 *
 * @param file the compiled command
 * @throws Error that lists what cannot be bundled
 */
export async function bundleCommand(file: string): Promise<void> {
  const bundled = file.replace(/\.js$/, ".bundle.js");
  const { metafile } = await build({
    entryPoints: [file],
    outfile: bundled,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    metafile: true,
    logLevel: "error",
    plugins: [
      {
        name: "one language",
        // Zod has messages in forty languages. Only the English ones are used.
        setup: ({ onLoad }) =>
          onLoad({ filter: /zod\/v4\/locales\/index\.c?js$/ }, () => ({
            contents: "module.exports = { en: require('./en.cjs') };",
          })),
      },
    ],
  });
  await writeFile(file, launcher(path.basename(bundled)));
  await writeFile(file.replace(/\.js$/, ".licences.txt"), await licencesOf(Object.keys(metafile.inputs)));
}

/** From version 22.8 on, Node can keep compiled code from one start to the next, but not of the file that asks for it. */
const launcher = (bundle: string): string => `#!/usr/bin/env node
"use strict";
require("node:module").enableCompileCache?.();
require("./${bundle}");
`;

/** The licences of the npm packages that contain the given files. */
async function licencesOf(files: readonly string[]): Promise<string> {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.resolve(file))?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license", "CopyrightNotice.txt"]
      .map((each) => path.join(folder, each))
      .find((each) => existsSync(each));
    const text = file === undefined ? "" : `\n${await readFile(file, "utf8")}`;
    return `${name} ${version}: ${license}\n${text}`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n`);
}
