import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";

jest.setTimeout(120_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "pipeline-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("needs-consent.sh", () => {
  it("asks for consent before the first deployment, and then only if a grant is added or removed", async () => {
    const clone = await shopProject();
    const git = (...args: string[]) => run("git", args, { cwd: clone });
    await git("init", "--quiet");
    await git("add", "--", ":!node_modules");
    const author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    expect((await git(...author, "commit", "--quiet", "--message", "First")).code).toBe(0);
    const decide = async () => {
      const { code, stdout, stderr } = await run(path.join(clone, "cli/pipelines/needs-consent.sh"), ["dev"], {
        cwd: clone,
      });
      expect([code, stderr]).toEqual([0, ""]);
      return stdout;
    };
    // Nothing has been deployed: every grant is new.
    expect(await decide()).toBe("consents=true\nenvironment=dev-consent\n");

    await git("tag", "deployed/dev");
    const file = path.join(clone, "stacks/shop.ts");
    const shop = await readFile(file, "utf8");
    await writeFile(file, shop.replace("Values the stock.", "Values what is in stock."));
    expect(await decide()).toBe("consents=false\nenvironment=dev\n");
    await writeFile(
      file,
      shop.replace('ingest: { roles: ["Feeds.Read"], because: "Reports feeds that did not arrive." },', ""),
    );
    expect(await decide()).toBe("consents=true\nenvironment=dev-consent\n");
    await writeFile(file, shop.replace('roles: ["Invoices.Read"]', 'roles: ["Invoices.Read", "Invoices.Write"]'));
    expect(await decide()).toBe("consents=true\nenvironment=dev-consent\n");
    await rm(clone, { recursive: true });
  });
});

describe("sign-in-github.sh", () => {
  it("sets no variables for the public cloud, and sets the audience of another cloud", async () => {
    const file = path.join(folder, "github-env");
    const signIn = async (audience: string) => {
      await writeFile(file, "");
      const env = {
        PATH: process.env.PATH,
        GITHUB_ENV: file,
        ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.example?v=1",
        TOKEN_EXCHANGE_AUDIENCE: audience,
      };
      expect((await run(path.join(projectFolder, "cli/pipelines/sign-in-github.sh"), [], { env })).code).toBe(0);
      return readFile(file, "utf8");
    };
    expect(await signIn("")).toBe("");
    expect(await signIn("api://AzureADTokenExchangeUSGov")).toBe(
      "ARM_OIDC_REQUEST_URL=https://token.example?v=1&audience=api://AzureADTokenExchangeUSGov\nARM_OIDC_AUDIENCE=api://AzureADTokenExchangeUSGov\n",
    );
  });
});

describe("rotate.sh", () => {
  /** Runs rotate.sh with a fake `pulumi` and `npm`, which record their command lines and fail for the command `failing`. */
  const rotate = async (
    failing: string,
    part: readonly string[] = [],
    more: Readonly<Record<string, string>> = {},
    failure = 1,
  ) => {
    const log = path.join(folder, "log");
    await writeFile(log, "");
    for (const program of ["pulumi", "npm"]) {
      const file = path.join(folder, program);
      await writeFile(
        file,
        `#!/bin/sh\necho "${program} $*" >> "${log}"\ncase "${program} $*" in\n  "${failing} "*) exit ${failure} ;;\nesac\n`,
      );
      await chmod(file, 0o755);
    }
    const env = { PATH: `${folder}:${process.env.PATH}`, ...more };
    const { code } = await run(path.join(projectFolder, "cli/pipelines/rotate.sh"), ["prod", ...part], { env });
    const asked = (await readFile(log, "utf8")).trim().split("\n");
    // The two commands of the pipe run at the same time.
    const first = asked.findIndex((line) => /expiry|pulumi stack output/.test(line));
    if (first >= 0) asked.splice(first, 2, ...asked.slice(first, first + 2).sort());
    return { code, asked };
  };
  const all = [
    "npm run --silent preflight -- --stack prod",
    "pulumi refresh --stack prod --non-interactive --color never --preview-only --expect-no-changes",
    "npm run --silent up -- --stack prod --skip-preflight --policy-pack packages/review/pack --policy-pack-config packages/review/pack/upkeep.json",
    "npm run --silent review -- --stack prod --fail-on high",
    "npm run --silent expiry -- --within 14d",
    "pulumi stack output --stack prod --json",
    "pulumi preview --stack prod --non-interactive --color never --refresh --expect-no-changes",
  ];

  it("checks quotas and drift, rotates, reports findings and credentials that expire soon, and checks for drift again", async () => {
    expect(await rotate("nothing")).toEqual({ code: 0, asked: all });
  });

  it.each([
    ["before", all.slice(0, 2)],
    ["rotation", all.slice(2, 3)],
    ["after", all.slice(3)],
  ])(
    "runs only the part %s if it is given: on some code hosts each part needs its own sign-in",
    async (part, asked) => {
      expect(await rotate("nothing", [part])).toEqual({ code: 0, asked });
    },
  );

  it.each([
    [1, 1],
    [2, 0],
  ])(
    "after the preflight exits with %i, exits with %i: an incomplete preflight is not a failure",
    async (failure, code) => {
      const preflight = "npm run --silent preflight";
      expect(await rotate(preflight, ["before"], {}, failure)).toEqual({ code, asked: all.slice(0, 2) });
    },
  );

  it("refuses an unknown part", async () => {
    expect(await rotate("nothing", ["later"])).toEqual({ code: 2, asked: [""] });
  });

  it.each([
    ["nothing", 0, 2],
    ["npm run --silent audit", 1, 2],
    // Without the bootstrap's state, the audit would report the pipelines' own rights as undeclared.
    ["pulumi stack export", 1, 1],
  ])(
    "audits at the end if AUDIT is true, with the bootstrap's state; if %s fails, exits with %i",
    async (failing, code, steps) => {
      const { asked, ...ended } = await rotate(failing, [], { AUDIT: "true" });
      expect(ended).toEqual({ code });
      expect(asked.slice(0, all.length)).toEqual(all);
      const files = asked.slice(all.length).map((each) => each.replace(/\S+$/, "FILE"));
      expect(files).toEqual(
        [
          "pulumi stack export --cwd bootstrap --stack prod --file FILE",
          "npm run --silent audit -- --stack prod --also FILE",
        ].slice(0, steps),
      );
    },
  );

  it.each([
    "npm run --silent preflight",
    "pulumi refresh",
    "npm run --silent up",
    "pulumi stack",
    "npm run --silent expiry",
    "pulumi preview",
  ])("continues after %s fails, and then fails", async (failing) => {
    expect(await rotate(failing)).toEqual({ code: 1, asked: all });
  });
});
