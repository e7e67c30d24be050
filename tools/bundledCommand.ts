import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

/**
 * Replaces a compiled command by one file with everything that it loads: most of the time until it is ready is finding and
 * reading hundreds of files. Beside it stand the licences of the packages that are in it.
 *
 * @param file the compiled command
 * @throws Error that says what cannot be bundled
 */
export async function bundleCommand(file: string): Promise<void> {
  const bundled = `${file}.bundled`;
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
        // Only the English messages of zod's forty languages are used.
        setup: ({ onLoad }) =>
          onLoad({ filter: /zod\/v4\/locales\/index\.c?js$/ }, () => ({
            contents: "module.exports = { en: require('./en.cjs') };",
          })),
      },
    ],
  });
  await writeFile(file, await readFile(bundled));
  await rm(bundled);
  await writeFile(file.replace(/\.js$/, ".licences.txt"), await licencesOf(Object.keys(metafile.inputs)));
}

/** The licence of each npm package that has one of the files. */
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
