import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { patchesOf, patchOf } from "../../../cli/usage/landscapeEdit";
import type { RoleEdit } from "../../../cli/usage/landscapeText";

// What these tests cannot prove: that the edited landscape is what its owner wants. The review of the change shows it.

const typescript = `import { defineLandscape } from "../components/landscapeDefinition";

export const shop = defineLandscape({
  orders: {
    description: "Takes orders.",
    appRoles: { "Orders.Read": { description: "Read orders." } },
    calls: {
      // Goods are counted before an order is accepted.
      inventory: { roles: ["Inventory.Read", "Inventory.Write"], because: "Goods in stock." },
      "finance/ledger": { roles: ["Ledger.Read"], because: "Sums." },
    },
  },

  inventory: {
    description: "Knows the stock.",
    appRoles: {},
  },
});
`;
const yaml = `services:
  orders:
    description: Takes orders.
    appRoles: {}
    calls:
      inventory:
        roles: [Inventory.Read, Inventory.Write] # both
        because: Goods in stock.
      finance/ledger:
        roles:
          - Ledger.Read
        because: Sums.
  inventory:
    description: Knows the stock.
    appRoles: { Inventory.Read: { description: Read. } }
`;
const inventory = { caller: "orders", api: "inventory" };
const ledger = { caller: "orders", api: "finance-ledger" };

/** The changed lines of a patch. */
const changed = (patch: string | undefined) => patch?.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
const patchFor = (name: string, text: string, edit: RoleEdit) => patchOf([{ name, text }], edit);

describe("the edit of a landscape in TypeScript", () => {
  const edited = (edit: RoleEdit) => changed(patchFor("stacks/shop.ts", typescript, edit));

  it("removes one role of several", () => {
    expect(edited({ ...inventory, remove: "Inventory.Write" })).toEqual([
      '-      inventory: { roles: ["Inventory.Read", "Inventory.Write"], because: "Goods in stock." },',
      '+      inventory: { roles: ["Inventory.Read"], because: "Goods in stock." },',
    ]);
  });

  it("replaces a role with a narrower one, and lists no role twice", () => {
    expect(edited({ ...ledger, remove: "Ledger.Read", add: "Ledger.Sum" })).toEqual([
      '-      "finance/ledger": { roles: ["Ledger.Read"], because: "Sums." },',
      '+      "finance/ledger": { roles: ["Ledger.Sum"], because: "Sums." },',
    ]);
    expect(edited({ ...inventory, remove: "Inventory.Write", add: "Inventory.Read" })).toEqual([
      '-      inventory: { roles: ["Inventory.Read", "Inventory.Write"], because: "Goods in stock." },',
      '+      inventory: { roles: ["Inventory.Read"], because: "Goods in stock." },',
    ]);
  });

  it("removes a call with its last role, and the key calls with the last call", () => {
    const file = { name: "stacks/shop.ts", text: typescript };
    expect(changed(patchOf([file], { ...ledger, remove: "Ledger.Read" }))).toEqual([
      '-      "finance/ledger": { roles: ["Ledger.Read"], because: "Sums." },',
    ]);
    const roles = ["Inventory.Read", "Inventory.Write"];
    const all = [{ ...ledger, remove: "Ledger.Read" }, ...roles.map((remove) => ({ ...inventory, remove }))];
    expect(patchesOf([file], all).map(changed)).toEqual([
      [
        "-    calls: {",
        "-      // Goods are counted before an order is accepted.",
        '-      inventory: { roles: ["Inventory.Read", "Inventory.Write"], because: "Goods in stock." },',
        '-      "finance/ledger": { roles: ["Ledger.Read"], because: "Sums." },',
        "-    },",
      ],
    ]);
  });

  it("adds a call with an empty reason, which somebody has to write", () => {
    expect(edited({ caller: "inventory", api: "orders", add: "Orders.Read" })).toEqual([
      '+    calls: { orders: { roles: ["Orders.Read"], because: "" } },',
    ]);
    expect(edited({ caller: "orders", api: "billing", add: "Invoices.Read" })).toEqual([
      '+      billing: { roles: ["Invoices.Read"], because: "" },',
    ]);
  });

  it("does not exist for a role, call or caller that the file does not declare", () => {
    for (const edit of [
      { ...inventory, remove: "Inventory.Delete" },
      { caller: "orders", api: "billing", remove: "Invoices.Read" },
      { caller: "nobody", api: "inventory", add: "Inventory.Read" },
    ])
      expect(edited(edit)).toBeUndefined();
  });
});

describe("the edit of a landscape in YAML", () => {
  const applied = (edit: RoleEdit, text = yaml) => {
    const folder = mkdtempSync(path.join(tmpdir(), "edit-"));
    try {
      writeFileSync(path.join(folder, "shop.yaml"), text);
      const input = patchFor("shop.yaml", text, edit);
      execFileSync("git", ["apply", "-"], { cwd: folder, input: input ?? "" });
      return parse(readFileSync(path.join(folder, "shop.yaml"), "utf8")).services;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const before = parse(yaml).services;
  const calls = before.orders.calls;

  it("is a patch that git can apply, and changes only the call", () => {
    expect(applied({ ...inventory, remove: "Inventory.Write" })).toEqual({
      ...before,
      orders: { ...before.orders, calls: { ...calls, inventory: { ...calls.inventory, roles: ["Inventory.Read"] } } },
    });
    expect(applied({ ...ledger, remove: "Ledger.Read", add: "Ledger.Sum" })).toEqual({
      ...before,
      orders: {
        ...before.orders,
        calls: { ...calls, "finance/ledger": { ...calls["finance/ledger"], roles: ["Ledger.Sum"] } },
      },
    });
    const { "finance/ledger": _, ...rest } = calls;
    expect(applied({ ...ledger, remove: "Ledger.Read" })).toEqual({
      ...before,
      orders: { ...before.orders, calls: rest },
    });
    expect(applied({ caller: "inventory", api: "orders", add: "Orders.Read" })).toEqual({
      ...before,
      inventory: { ...before.inventory, calls: { orders: { roles: ["Orders.Read"], because: "" } } },
    });
  });

  it("also works in a file that contains JSON", () => {
    const json = `${JSON.stringify(parse(yaml), null, 2)}\n`;
    const { inventory: kept } = calls;
    expect(applied({ ...ledger, remove: "Ledger.Read" }, json)).toEqual({
      ...before,
      orders: { ...before.orders, calls: { inventory: kept } },
    });
    expect(applied({ caller: "orders", api: "billing", add: "Invoices.Read" }, json)).toEqual({
      ...before,
      orders: { ...before.orders, calls: { ...calls, billing: { roles: ["Invoices.Read"], because: "" } } },
    });
  });
});
