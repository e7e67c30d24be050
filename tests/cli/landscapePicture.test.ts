import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runCommandIn } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";
import { shop } from "@microservice-identities/test-support/shopProject/stacks/shop";
import { drawnIn } from "../../cli/landscapePicture";

jest.setTimeout(30_000);

it("draws a node for each service of the landscape, and an arrow labelled with the app roles for each declared call", async () => {
  const project = await shopProject();
  const { code, stdout, stderr } = await runCommandIn({ project }, "landscape-picture", "pictures");
  const file = path.join("pictures", "shop.svg");
  expect([code, stdout, stderr]).toEqual([0, `The declared landscape shop, as a picture: ${file}\n`, ""]);
  const svg = await readFile(path.join(project, file), "utf8");
  await rm(project, { recursive: true });

  const drawn = [
    ...svg.matchAll(/<g id="[^"]+" class="(node|edge)[^"]*">\n<title>([^<]+)<\/title>([\s\S]*?)<\/g>/g),
  ].map(([, kind, title, inside]) => ({
    kind,
    title: title?.replace("&#45;&gt;", " → "),
    texts: [...(inside ?? "").matchAll(/<text [^>]*>([^<]+)<\/text>/g)].map(([, text]) => text?.trim()),
  }));
  const services = Object.keys(shop.services).map((name) => ({ kind: "node", title: name, texts: [name] }));
  const calls = Object.entries(shop.services).flatMap(([caller, { calls = {} }]) =>
    Object.entries(calls).map(([api, { roles }]) => ({ kind: "edge", title: `${caller} → ${api}`, texts: [...roles] })),
  );
  const byTitle = (one: { title?: string }, other: { title?: string }) =>
    (one.title ?? "").localeCompare(other.title ?? "");
  expect(drawn.sort(byTitle)).toEqual([...services, ...calls].sort(byTitle));
});

test("a landscape with more than 200 calls is not drawn, which takes minutes, and the others are", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "pictures-"));
  const service = { description: "One of many services.", appRoles: {} };
  const calls = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`s${index}`, { roles: ["Data.Read"], because: "Reads." }]),
    );
  const lines = await drawnIn(folder, {
    large: { services: { caller: { ...service, calls: calls(201) } } },
    small: { services: { caller: { ...service, calls: calls(200) } } },
  });
  expect(lines).toEqual([
    "The declared landscape large is not drawn: it would have 201 arrows, more than 200. `npm run review -- --out review.html` draws how groups of services call each other.",
    `The declared landscape small, as a picture: ${path.join(folder, "small.svg")}`,
  ]);
  expect(await readdir(folder)).toEqual(["small.svg"]);
});
