import type { ProofReport } from "@microservice-identities/proof/report";
import { landscapePage, type PageContent } from "../../cli/landscapePage";

/** Each service calls the next ones. Everything else is refused. */
function pageOf(services: number, calls: number): Promise<string> {
  const names = Array.from({ length: services }, (_, index) => `s${index}`);
  const declared = names.flatMap((caller, index) =>
    Array.from({ length: calls }, (_, at) => ({
      caller,
      api: `s${(index + 1 + at) % services}`,
      declared: ["Data.Read"],
      got: ["Data.Read"],
      differences: [],
    })),
  );
  const refused = { caller: "s0", api: `s${services - 1}`, declared: [], got: "AADSTS501051", differences: [] };
  const report: ProofReport = { services: names, calls: [...declared, refused], vaults: [], credentials: [] };
  const deployment = { engine: "built-in", operations: {}, resources: {} } as unknown as PageContent["deployment"];
  return landscapePage({ stack: "dev", report, deployment, phases: {} });
}

const arrows = (page: string) => [...page.matchAll(/class="edge proved"/g)].length;
const cells = (page: string) => [...page.matchAll(/<td class="(holds|refused)"/g)].length;

describe("the page of a landscape", () => {
  it("has a picture with an arrow for each declared call, and a matrix of all calls", async () => {
    const page = await pageOf(10, 2);
    expect([arrows(page), cells(page)]).toEqual([20, 21]);
    expect(page).toContain("<h2>Every call</h2>");
  });

  it("of 400 services with 1,200 calls has no picture, and lists the declared calls in place of the matrix", async () => {
    const page = await pageOf(400, 3);
    expect([arrows(page), cells(page)]).toEqual([0, 1200]);
    expect(page).toContain(
      "<p>The picture is left out: it would have 1200 arrows, more than 200. <code>npm run review -- --out review.html</code> draws how groups of services call each other.</p>",
    );
    expect(page).toContain(
      "<h2>Declared calls</h2>\n<p>Each row is a caller, an API for which it requested a token, and what it got. 1 of 1 calls that are not declared were refused.</p>",
    );
    expect(page).toContain(
      '<tr><th scope="row">s0</th><td>s1</td><td class="holds" title="s0 → s1: Data.Read">Data.Read</td></tr>',
    );
  });
});
