import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { AccessModel } from "../accessModel";
import { changeBetween } from "../change";
import { reviewHtml, reviewsHtml } from "../report/html";
import { type Review, review } from "../review";
import { evaluatedShop } from "./support/evaluatedShop";
import { landscape, own } from "./support/landscape";

jest.setTimeout(60_000);

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const available = existsSync(executablePath);
const reason = available ? "" : ` (skipped: there is no ${executablePath}; set CHROMIUM to the path of the browser)`;

(available ? describe : describe.skip)(`the review as a page, in Chromium${reason}`, () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "page-"));
    const { resources, dispose } = await evaluatedShop();
    await dispose();
    const before = resources.filter(({ urn }) => !urn.endsWith("::ingest-calls-inventory-Inventory.Write"));
    const shop = review(resources, { today: "2026-11-25", before: { resources: before } });
    const same = review(landscape({}, [own]), { today: "2026-11-25", before: { resources: landscape({}, [own]) } });
    await writeFile(path.join(folder, "review.html"), await reviewHtml(shop));
    await writeFile(
      path.join(folder, "several.html"),
      await reviewsHtml([{ review: { ...same, stack: "test" } }, { review: shop }]),
    );
    await writeFile(path.join(folder, "large.html"), await reviewHtml({ ...shop, ...largeLandscape(shop.model) }));
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(
    colorScheme: "light" | "dark",
    file = "review.html",
  ): Promise<{ page: Page; problems: string[] }> {
    const page = await (await browser.newContext({ colorScheme })).newPage();
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) problems.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path.join(folder, file)).href);
    return { page, problems };
  }

  it.each([
    ["light", "rgb(255, 255, 255)"],
    ["dark", "rgb(20, 25, 31)"],
  ] as const)("opens in %s without console messages or network requests", async (scheme, paper) => {
    const { page, problems } = await open(scheme);
    expect(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).toBe(paper);
    expect(await page.locator("h1").textContent()).toBe("Access review of stack dev");
    expect(problems).toEqual([]);
  });

  it("shows the change first, then the findings, then the rest", async () => {
    const { page, problems } = await open("light");
    expect(await page.locator("h2").allTextContents()).toEqual([
      "What the change does",
      "Findings",
      "Who may call whom",
      "Why",
      "Reach",
      "Attack paths",
      "When credentials expire",
    ]);
    expect(await page.locator("ul.change li.added").allTextContents()).toEqual([
      "+ ingest-dev may call inventory-dev with Inventory.Write: A delivered feed raises stock levels.",
      "+ reporting-dev reaches inventory-dev Inventory.Write through ingest-dev",
    ]);
    expect(problems).toEqual([]);
  });

  it("first shows the changed service between its callers and its APIs", async () => {
    const { page, problems } = await open("light");
    expect(await neighbours(page)).toEqual([["reporting-dev"], "ingest-dev", ["inventory-dev"]]);
    await page.locator(".neighbourhood button", { hasText: "reporting-dev" }).click();
    expect(await neighbours(page)).toEqual([
      [],
      "reporting-dev",
      ["billing-dev", "ingest-dev", "inventory-dev", "orders-dev"],
    ]);
    expect(problems).toEqual([]);
  });

  it("filters services, rows and cells by the typed text", async () => {
    const { page, problems } = await open("dark");
    await page.getByLabel("Search for a service, an API, a role or a rule").fill("invoices.write");
    expect(await page.locator("ul.names button").allTextContents()).toEqual(["orders-dev", "billing-dev"]);
    expect(await page.locator("table.matrix tbody th").allTextContents()).toEqual(["orders-dev", "billing-dev"]);
    await page.getByLabel("Search for a service, an API, a role or a rule").fill("");
    expect(await page.locator("ul.names button").count()).toBe(6);
    expect(problems).toEqual([]);
  });

  it("can be used with only the keyboard", async () => {
    const { page, problems } = await open("light");
    await page.locator("input.filter").focus();
    await page.keyboard.press("Tab");
    // In Chromium, the Tab key also stops at scrollable lists.
    while ((await page.evaluate<string>("document.activeElement.tagName")) !== "BUTTON")
      await page.keyboard.press("Tab");
    const chosen = await page.evaluate<string>("document.activeElement.textContent");
    await page.keyboard.press("Enter");
    expect((await neighbours(page))[1]).toBe(chosen);
    expect(await page.locator('ul.names button[aria-pressed="true"]').allTextContents()).toEqual([chosen]);
    expect(problems).toEqual([]);
  });

  it("keeps the headings of a matrix visible while it scrolls", async () => {
    const { page } = await open("light");
    const held = await page.evaluate<number[]>(`(() => {
      const frame = document.querySelector("div.matrix");
      frame.style.maxHeight = "6rem";
      frame.style.maxWidth = "16rem";
      const places = () => [frame.querySelector("thead th:last-child").getBoundingClientRect().top, frame.querySelector("tbody tr:last-child th").getBoundingClientRect().left];
      const [top, left] = places();
      frame.scrollTo(500, 500);
      const [topAfter, leftAfter] = places();
      return [top - topAfter, left - leftAfter, frame.scrollTop > 0 ? 1 : 0, frame.scrollLeft > 0 ? 1 : 0];
    })()`);
    expect(held).toEqual([0, 0, 1, 1]);
  });

  it.each(["light", "dark"] as const)("has the contrast of WCAG level AA in %s", async (scheme) => {
    const { page } = await open(scheme);
    const poor = await page.evaluate<string[]>(`(() => {
      const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
      const luminance = (colour) => { const [r, g, b] = numbers(colour).map((each) => each / 255).map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const paperOf = (element) => { for (let at = element; at; at = at.parentElement) { const colour = getComputedStyle(at).backgroundColor; if (numbers(colour)[3] !== 0) return colour; } };
      const poor = [];
      for (const element of document.querySelectorAll("body *:not(svg *):not(script)")) {
        if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
        const [one, two] = [luminance(getComputedStyle(element).color), luminance(paperOf(element))];
        const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        if (ratio < 4.5) poor.push(element.tagName + " " + element.className + " " + ratio.toFixed(2));
      }
      return [...new Set(poor)];
    })()`);
    expect(poor).toEqual([]);
  });

  it("shows a service after a click on its box in the picture", async () => {
    const { page, problems } = await open("light");
    await page.locator("svg .node", { hasText: "billing-dev" }).first().click();
    expect(await neighbours(page)).toEqual([["orders-dev", "reporting-dev"], "billing-dev", ["orders-dev"]]);
    expect(problems).toEqual([]);
  });

  it('shows, in a large landscape, the services of a clicked cluster and the callers behind "other callers"', async () => {
    const { page, problems } = await open("light", "large.html");
    await page.locator("svg .node", { hasText: "stock:" }).click();
    const row = page.locator("table.clusters tr", { hasText: "stock: 20 services" });
    expect(await row.locator("button").count()).toBe(20);
    await expectInView(page, "table.clusters tbody tr:last-child");
    await page.locator("svg .node", { hasText: "19 other callers" }).click();
    await expectInView(page, ".neighbourhood");
    expect((await neighbours(page))[1]).toBe("stock-0");
    expect((await neighbours(page))[0]).toHaveLength(20);
    expect(problems).toEqual([]);
  });

  it("shows several stacks, changed ones first, each with its own search", async () => {
    const { page, problems } = await open("light", "several.html");
    expect(await page.locator("nav li").allTextContents()).toEqual([
      "dev: 2 changes; new findings: 0 high, 0 medium, 0 low",
      "test: no change; new findings: 0 high, 0 medium, 0 low",
    ]);
    expect(await page.locator("h2").allTextContents()).toEqual(["Stack dev", "Stack test"]);
    await page.locator("nav a", { hasText: "test" }).click();
    expect(await page.evaluate<string>("document.querySelector(location.hash + ' > h2').textContent")).toBe(
      "Stack test",
    );
    await page.locator("section", { hasText: "Stack test" }).locator("input.filter").fill("nobody");
    expect(await page.locator("section .count").allTextContents()).toEqual(["6 of 6", "0 of 2"]);
    expect(problems).toEqual([]);
  });

  it("prints every row on white and within the page, even after a search", async () => {
    const { page } = await open("dark");
    const rows = page.locator("table:not(.matrix) tbody tr");
    const all = await rows.count();
    await page.getByLabel("Search for a service, an API, a role or a rule").fill("nobody");
    expect(await rows.locator("visible=true").count()).toBeLessThan(all);
    await page.emulateMedia({ media: "print" });
    // A4 without its margins, at 96 pixels per inch.
    await page.setViewportSize({ width: 680, height: 1000 });
    expect(await rows.locator("visible=true").count()).toBe(all);
    expect(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    const beside = await page.evaluate<string[]>(`[...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > 681).map((element) => element.outerHTML.slice(0, 80))`);
    expect(beside).toEqual([]);
    expect(await page.locator("input").isVisible()).toBe(false);
  });

  it.each(["review.html", "several.html"])("fits the width of a phone: %s", async (file) => {
    const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
    await page.goto(pathToFileURL(path.join(folder, file)).href);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  });
});

/** Two teams of 20 services. Each service calls the next three and the first one of its team. The change adds a call between the teams. */
function largeLandscape(model: AccessModel): Pick<Review, "model" | "change"> {
  const teams = ["orders", "stock"].map((team) => Array.from({ length: 20 }, (_, index) => `${team}-${index}`));
  const calls = teams.flatMap((team) =>
    team.flatMap((caller, index) =>
      [1, 2, 3].map((step) => [caller, team[(index + step) % 20]]).concat([[caller, team[0]]]),
    ),
  );
  const grantOf = ([caller = "", api = ""]: readonly (string | undefined)[], role: string) => ({ caller, api, role });
  const added = [grantOf(["orders-5", "stock-0"], "Data.Write")];
  const grants = [
    ...calls.filter(([caller, api]) => caller !== api).map((call) => grantOf(call, "Data.Read")),
    ...added,
  ];
  const now = { ...model, services: teams.flat(), grants };
  return {
    model: now,
    change: changeBetween({ ...now, grants: grants.slice(0, -1) }, now, {
      added: [],
      removed: [],
      changed: [],
      notCompared: 0,
    }),
  };
}

async function expectInView(page: Page, selector: string): Promise<void> {
  const top = await page.evaluate<number>(
    `document.querySelector("${selector}").getBoundingClientRect().top / innerHeight`,
  );
  expect([top >= 0, top < 1]).toEqual([true, true]);
}

/** The callers, the service and the APIs that the page shows. */
async function neighbours(page: Page): Promise<[string[], string | null, string[]]> {
  const columns = page.locator(".neighbourhood > div");
  const names = async (index: number) => (await columns.nth(index).locator("button").allTextContents()).sort();
  return [await names(0), await columns.nth(1).locator("strong").textContent(), await names(2)];
}
