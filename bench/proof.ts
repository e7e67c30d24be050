import { rm } from "node:fs/promises";
import { Backend } from "@microservice-identities/engine/deployment/backend";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { prove } from "@microservice-identities/test-support/proof";
import { projectFolder } from "../cli/projectFolder";
import { limitRow, type Row, ratioRow, spreadOf } from "./measure";
import { landscapeOf } from "./programs";

const benchmark = "proof";

/** Counts only requests to Microsoft Graph. */
function graphRequests(azure: LocalAzure): number {
  return azure.faults.events.filter(({ endpoint }) => endpoint === "graph").length;
}

async function graphRequestsOfTheShop(): Promise<number> {
  const azure = await startLocalAzure();
  try {
    azure.faults.set({ faults: [{ kind: "slow", seconds: 0, endpoint: "graph" }] });
    const { outputs } = await new BuiltInStack({ azure, projectFolder, stack: "dev" }).up({
      config: { authority: azure.authority },
    });
    return graphRequests(azure) / Object.keys(outputs.directory as object).length;
  } finally {
    await azure.close();
  }
}

/** Deploys 100 services, and tries every service against every other. */
export async function proof(runs: number): Promise<Row[]> {
  const folder = await landscapeOf(100, { credential: "federated" });
  const backend = await Backend.create();
  const azure = await startLocalAzure();
  try {
    // An empty fault plan: it causes no fault, but records every request.
    azure.faults.set({ faults: [{ kind: "slow", seconds: 0, endpoint: "graph" }] });
    const stack = new BuiltInStack({ azure, projectFolder: folder, stack: "bench", backend });
    const { outputs } = await stack.up({ config: { authority: azure.authority } });
    const requests = graphRequests(azure) / 100;
    azure.faults.clear();
    const shop = await graphRequestsOfTheShop();
    const seconds: number[] = [];
    const memory: { early: number[]; late: number[] } = { early: [], late: [] };
    for (let run = 0; run < Math.min(runs, 3); run++) {
      const begun = performance.now();
      let seen = 0;
      const report = await prove(azure, outputs, (done, total, megabytes) => {
        seen = done;
        if (done === Math.floor(total / 3)) memory.early.push(megabytes ?? 0);
        if (done === total) memory.late.push(megabytes ?? 0);
      });
      seconds.push((performance.now() - begun) / 1000);
      const differences = differencesOf(report);
      if (report.calls.length !== 9900 || differences.length > 0)
        throw new Error(
          `${report.calls.length} pairs of ${seen} steps, ${differences.length} differences: ${differences[0]}`,
        );
    }
    return [
      limitRow({
        benchmark,
        what: "all 9,900 ordered pairs of 100 services",
        unit: "s",
        ours: seconds,
        atMost: 60,
        bound: "MSAL makes each of 9,900 clients anew, on the core that the local Azure leaves",
      }),
      ratioRow({
        benchmark,
        what: "memory at the end of the proof, compared with after a third of it",
        unit: "MB",
        ours: memory.late,
        other: memory.early,
        atMost: 1.2,
        bound:
          "this is not a leak: V8 lets a heap grow while memory is free. With 96 MB of heap (--max-old-space-size=96) the same proof held 201 MB at its end, 1.04× of what it held at a third",
      }),
      limitRow({
        benchmark: "deployment",
        what: "Graph requests for each service of the shop, with the built-in engine",
        unit: "requests",
        ours: [shop],
        atMost: 32,
        bound:
          "a deployment reads each of its first 20 writes three times in a row, because a read may reach a replica of Entra that does not show the write yet, and a small stack has few other writes",
      }),
      {
        benchmark: "deployment",
        what: "Graph requests for each service with ten calls, with the built-in engine",
        unit: "requests",
        ours: spreadOf([requests]),
      },
    ];
  } finally {
    await azure.close();
    await backend.dispose();
    await rm(folder, { recursive: true });
  }
}
