import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { upgrade } from "../../cli/upgradeState";

describe("upgrade-state", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "upgrade-"))));
  afterEach(() => rm(folder, { recursive: true }));

  const granular = "azuread:index/applicationRegistration:ApplicationRegistration";
  const stateWith = async (...types: string[]) => {
    const [file, out] = [path.join(folder, "before.json"), path.join(folder, "after.json")];
    const resources = types.map((type) => ({
      urn: `urn:pulumi:prod::shop::${type}::orders`,
      type,
      id: "1",
      inputs: {},
    }));
    const state = { version: 3, deployment: { resources } };
    await writeFile(file, JSON.stringify(state));
    return { file, out, state };
  };

  it("counts the converted registrations, including one without roles", async () => {
    const { file, out } = await stateWith(granular);
    expect(await upgrade(file, out)).toBe(
      `Wrote ${out}: 1 ApplicationRegistration converted. Next: pulumi stack import --file ${out}`,
    );
  });

  it("copies a state without registrations unchanged, and says that there is nothing to import", async () => {
    const { file, out, state } = await stateWith("azuread:index/application:Application");
    expect(await upgrade(file, out)).toBe(
      `Wrote ${out}. It is the same state: ${file} has no ApplicationRegistration, so there is nothing to import.`,
    );
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual(state);
  });
});
