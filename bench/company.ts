import { execFile } from "node:child_process";
import { mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { typescript } from "@microservice-identities/engine/scriptProcess";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import type { Benchmark } from "./benchmark";
import { limitRow, type ProcessRun, type Row, runNode, valueRow } from "./measure";
import { rotationSince } from "./programs";

const benchmark = "company";
const domains = 10;
/** How many calls that must be refused a proof tries, besides all that must work. */
const refusals = 2_000;

/**
 * A company with ten domains, each in a stack of its own, whose services call each other and those of the next domain: deployed
 * onto a local Azure and proved with a sample, reviewed with a change, and opened as a page.
 */
export const company: Benchmark = {
  titles: [benchmark],
  minutes: 20,
  needsMore: true,
  async measure({ services = 400, runs }, progress) {
    const each = services / domains;
    const folder = await companyOf(each);
    const names = Array.from({ length: domains }, (_, domain) => stackOf(domain));
    const command = (script: string, ...options: string[]) =>
      runNode([...typescript, `cli/${script}.ts`, "--stack", ...names, ...options], { cwd: folder });
    // As with a directory role, because one identity deploys all stacks here.
    const creator = ["--objects-per-creator", `${services * 2}`];
    const all = `${services} services in ${domains} stacks`;
    try {
      const page = path.join(folder, "reports", "landscape.html");
      const started = await command(
        "start",
        "--engine",
        "built-in",
        "--refusals",
        `${refusals}`,
        "--report",
        page,
        ...creator,
      );
      await progress.measured(
        ...ofRun(`npm start of ${all}, with the built-in engine and a sample of ${refusals} refusals`, [started]),
      );
      const before = path.join(folder, "before.json");
      await mkdir(path.dirname(before), { recursive: true });
      await command("review", "--fail-on", "never", "--out", before);
      await writeDomain(folder, 0, each, 3);
      const reviews: ProcessRun[] = [];
      for (let run = 0; run < Math.min(runs, 3); run++) {
        const review = await command("review", "--fail-on", "never", "--against-file", before, "--format", "json");
        const { change } = JSON.parse(review.stdout) as { change: { grants: { added: readonly unknown[] } } };
        if (change.grants.added.length !== 1)
          throw new Error(`the review shows ${change.grants.added.length} new grants, not one`);
        reviews.push(review);
      }
      await progress.measured(...ofRun(`npm run review of ${all}, compared with a saved one`, reviews));
      await progress.measured(...(await opened(page, `${domainOf(domains - 1)}/s${each - 1}`, Math.min(runs, 5))));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const ofRun = (what: string, runs: readonly ProcessRun[]): Row[] => [
  valueRow({ benchmark, what, unit: "s", ours: runs.map(({ seconds }) => seconds) }),
  valueRow({
    benchmark,
    what: `memory of the command's own process, without the programs that it starts: ${what}`,
    unit: "MB",
    ours: runs.map(({ megabytes }) => megabytes),
  }),
];

const domainOf = (index: number): string => `domain${index % domains}`;
const stackOf = (domain: number): string => `${domainOf(domain)}-dev`;

/** A project with a landscape file and a stack for each domain. */
async function companyOf(services: number): Promise<string> {
  const settings = (domain: number) => ({
    location: "westeurope",
    rotation: { since: rotationSince },
    landscape: domainOf(domain),
    landscapeFile: `${domainOf(domain)}.yaml`,
    stackReferences: { [domainOf(domain + 1)]: stackOf((domain + 1) % domains) },
  });
  const stacks = Array.from({ length: domains }, (_, domain) => [stackOf(domain), settings(domain)]);
  const folder = await projectWith(Object.fromEntries(stacks));
  for (let domain = 0; domain < domains; domain++) await writeDomain(folder, domain, services, 2);
  return folder;
}

/** @param calls how many services of its domain the first service calls; each other service calls two */
async function writeDomain(folder: string, domain: number, services: number, calls: number): Promise<void> {
  const because = "Reads the data it needs.";
  // A new object for each call: one object would be written as aliases, and a YAML file can have only a hundred of them.
  const read = () => ({ roles: ["Data.Read"], because });
  const next = domainOf(domain + 1);
  const before = domainOf(domain + domains - 1);
  const entries = Array.from({ length: services }, (_, index) => [
    `s${index}`,
    {
      description: `Service ${index} of ${domainOf(domain)}.`,
      appRoles: { "Data.Read": { description: "Read data." } },
      allowedCallers: { [`${before}/s${index}`]: ["Data.Read"] },
      calls: {
        ...Object.fromEntries(
          Array.from({ length: index === 0 ? calls : 2 }, (_, at) => [`s${(index + 1 + at) % services}`, read()]),
        ),
        [`${next}/s${index}`]: read(),
      },
    },
  ]);
  await writeLandscape(folder, domainOf(domain), { services: Object.fromEntries(entries) });
}

/**
 * How much longer a headless Chromium takes to open the page and write its elements than to do so with an empty page.
 *
 * @param service the name of a service that the page must show
 */
async function opened(page: string, service: string, runs: number): Promise<Row[]> {
  const browser = "chromium";
  const dumped = async (address: string, shown: string): Promise<number> => {
    const begun = performance.now();
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", address];
    const { stdout } = await promisify(execFile)(browser, options, { maxBuffer: 2 ** 30 });
    if (!/<\/html>\s*$/.test(stdout) || !stdout.includes(shown))
      throw new Error(`${browser} wrote no page: ${stdout.slice(0, 300)}`);
    return (performance.now() - begun) / 1000;
  };
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const empty = await dumped("data:text/html,<html></html>", "");
    seconds.push(Math.max(0, (await dumped(`file://${page}`, service)) - empty));
  }
  const { size } = await stat(page);
  return [
    limitRow({
      benchmark,
      what: "its page, opened in a headless Chromium: how much longer than an empty page",
      unit: "s",
      ours: seconds,
      atMost: 1,
    }),
    valueRow({ benchmark, what: "the file of the page", unit: "MB", ours: [size / 1e6] }),
  ];
}
