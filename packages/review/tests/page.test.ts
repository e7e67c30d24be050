import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { reviewHtml } from "../report/html";
import { review } from "../review";
import { evaluatedWarehouse } from "./support/evaluatedWarehouse";

jest.setTimeout(60_000);

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const available = existsSync(executablePath);
const reason = available ? "" : ` (skipped: there is no ${executablePath}; CHROMIUM names another)`;

(available ? describe : describe.skip)(`the review as a page, in Chromium${reason}`, () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "page-"));
    const { resources, dispose } = await evaluatedWarehouse();
    await dispose();
    const before = resources.filter(({ urn }) => !urn.endsWith("::ingest-calls-inventory-Inventory.Write"));
    await writeFile(
      path.join(folder, "review.html"),
      await reviewHtml(review(resources, { today: "2026-11-25", before: { resources: before } })),
    );
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(colorScheme: "light" | "dark"): Promise<{ page: Page; problems: string[] }> {
    const page = await (await browser.newContext({ colorScheme })).newPage();
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) problems.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path.join(folder, "review.html")).href);
    return { page, problems };
  }
  const bright = (page: Page, kind: "node" | "edge") =>
    page
      .locator(`g.${kind}:not(.dimmed) > title`)
      .evaluateAll((titles) => titles.map((each) => each.textContent).sort());

  it.each([
    ["light", "rgb(255, 255, 255)"],
    ["dark", "rgb(20, 25, 31)"],
  ] as const)("opens in %s without a word in the console, and asks nobody else for anything", async (scheme, paper) => {
    const { page, problems } = await open(scheme);
    expect(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).toBe(paper);
    expect(await page.locator("h1").textContent()).toBe("Access review of stack dev");
    expect(await page.locator("li.added").allTextContents()).toEqual([
      "+ ingest-dev may call inventory-dev with Inventory.Write: A delivered feed raises stock levels.",
      "+ reporting-dev reaches inventory-dev Inventory.Write through ingest-dev",
    ]);
    expect(problems).toEqual([]);
  });

  it("shows a service's own calls when it is pointed at, and all again afterwards", async () => {
    const { page, problems } = await open("light");
    const all = await bright(page, "edge");
    await page.locator('g.node:has(> title:text-is("ingest-dev"))').hover();
    expect(await bright(page, "edge")).toEqual(["ingest-dev->inventory-dev", "reporting-dev->ingest-dev"]);
    expect(await bright(page, "node")).toEqual(["ingest-dev", "inventory-dev", "reporting-dev"]);
    await page.mouse.move(0, 0);
    expect(await bright(page, "edge")).toEqual(all);
    expect(all).toHaveLength(10);
    expect(problems).toEqual([]);
  });

  it("filters rows and arrows by what is typed", async () => {
    const { page, problems } = await open("dark");
    await page.getByLabel("Filter by service, API, role or rule").fill("invoices.write");
    expect(await bright(page, "edge")).toEqual(["orders-dev->billing-dev"]);
    expect(await page.locator("table.matrix tbody tr:not(.hidden) th").allTextContents()).toEqual(["orders-dev"]);
    await page.getByLabel("Filter by service, API, role or rule").fill("");
    expect(await page.locator("table.matrix tbody tr:not(.hidden)").count()).toBe(6);
    expect(problems).toEqual([]);
  });

  it("can be used with the keyboard alone", async () => {
    const { page, problems } = await open("light");
    await page.keyboard.press("Tab");
    expect(await page.evaluate<string>("document.activeElement.id")).toBe("filter");
    await page.keyboard.press("Tab");
    const chosen = await page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
    await page.keyboard.press("Enter");
    for (const edge of await bright(page, "edge")) expect(edge?.split("->")).toContain(chosen);
    expect(await page.locator("tr.marked th").first().textContent()).toBe(chosen);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Shift+Tab");
    expect(await bright(page, "edge")).toHaveLength(10);
    expect(problems).toEqual([]);
  });
});
