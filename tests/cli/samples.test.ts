import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { readUsageLines } from "@microservice-identities/review/usage/usageLine";
import { shopProject } from "@microservice-identities/test-support/project";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import { readStates } from "../../cli/review/files";
import { Evidence } from "../../cli/usage/evidence";
import { declaredUse } from "../../cli/usage/grants";
import { judge } from "../../cli/usage/judge";

jest.setTimeout(120_000);

interface Line {
  readonly service?: string;
  readonly msg?: string;
  readonly correlationId?: string;
  readonly orderId?: string;
  readonly res?: { readonly statusCode: number };
}

describe("the sample services", () => {
  it("ship orders by reserving stock, log the same correlation id, record the used roles, and stop on Ctrl+C", async () => {
    const folder = await shopProject();
    const samples = spawn(process.execPath, ["--import", "tsx", path.join("cli", "samples.ts"), "--usage", "use"], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    samples.stderr.on("data", (chunk) => (errors += chunk));
    const shipped = new Promise<void>((resolve) => {
      samples.stdout.on("data", (chunk) => {
        output += chunk;
        if ((output.match(/"shipped"/g) ?? []).length >= 2) resolve();
      });
    });
    const ended = once(samples, "exit");
    await Promise.race([shipped, ended]);
    samples.kill("SIGINT");
    const [code] = (await ended) as [number | null];
    expect([code, errors]).toEqual([0, ""]);

    const lines = output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line): Line => JSON.parse(line));
    const of = (service: string, msg: string) => lines.filter((line) => line.service === service && line.msg === msg);
    const [first] = of("fulfillment", "shipped");
    expect(first?.orderId).toBe("order-1");
    const trail = lines.filter(({ correlationId }) => correlationId === first?.correlationId);
    expect([...new Set(trail.map(({ service }) => service))].sort()).toEqual(["fulfillment", "inventory"]);
    expect(trail.find(({ res }) => res)?.res).toEqual({ statusCode: 201 });
    expect([of("fulfillment", "stopped").length, of("inventory", "stopped").length]).toEqual([1, 1]);
    expect(output).toMatch(/\nThe local Azure has stopped, and everything in it is gone\.\n$/);
    // The output contains no token, and no header that could contain one.
    expect(output).not.toMatch(/eyJ|authorization/i);

    // The services recorded which of the granted roles they used.
    const today = isoDay(Date.now());
    const evidence = new Evidence(isoDay(Date.now() - oneDay), today);
    for (const line of readUsageLines(path.join(folder, "use", "usage.jsonl"))) evidence.add(line);
    const declared = declaredUse(await readStates([path.join(folder, "use", "state.json")]));
    expect(await readFile(path.join(folder, "use", "state.json"), "utf8")).not.toMatch(/password|secret/i);
    const { grants, refused } = judge(declared, evidence, { stack: "dev", today, leastDays: 1 });
    expect(grants.filter(({ state }) => state === "used" || state === "reads")).toEqual([
      expect.objectContaining({ caller: "fulfillment-dev", api: "inventory-dev", role: "Inventory.Write", tokens: 1 }),
    ]);
    // The guard of inventory recorded no call from reporting. The other APIs of reporting do not run, so nothing is recorded.
    const others = grants.filter(({ caller }) => caller === "reporting-dev");
    expect(others.map(({ api, state }) => [api, state])).toEqual([
      ["billing-dev", "unknown"],
      ["ingest-dev", "unknown"],
      ["inventory-dev", "unused"],
      ["orders-dev", "unknown"],
    ]);
    expect(refused).toEqual([]);
  });
});
