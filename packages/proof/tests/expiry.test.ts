import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { guid } from "@microservice-identities/test-support/mocks";
import { runCommand } from "@microservice-identities/test-support/processes";
import { type IssuedSecret, nextRotation, type RotationPolicy, secretsOn } from "../../../components/rotation";
import { expiriesOf, expiryProblems } from "../expiry";

jest.setTimeout(30_000);

const entry = (name: string, credential: object) => ({
  clientId: guid(name),
  scope: `api://${guid(name)}/.default`,
  roleIds: {},
  identityClientId: guid(name, "identity"),
  calls: {},
  credential,
});
const secret = (expires: string, nextRotation: string) => ({
  kind: "secret",
  secretName: "client-secret",
  keyIds: [guid("key")],
  expires: `${expires}T00:00:00Z`,
  nextRotation,
});
const directory = {
  orders: entry("orders", secret("2027-04-30", "2027-01-07")),
  billing: entry("billing", secret("2026-12-20", "2026-11-20")),
  ingest: entry("ingest", { kind: "federated" }),
  reporting: entry("reporting", {
    kind: "certificate",
    secretName: "client-certificate",
    thumbprint: "ab",
    keyIds: [guid("certificate")],
    expires: "2026-11-24T23:00:00Z",
  }),
} as never;
const today = new Date("2026-11-25T15:00:00Z");

describe("the expiry of credentials", () => {
  it("is counted in whole days from the given day, at any time of the day, and the first to expire is listed first", () => {
    expect(expiriesOf(directory, today)).toEqual([
      {
        service: "reporting",
        kind: "certificate",
        expires: "2026-11-24T23:00:00Z",
        daysLeft: -1,
        hasExpired: true,
        nextRotation: null,
        daysLate: 0,
      },
      {
        service: "billing",
        kind: "secret",
        expires: "2026-12-20T00:00:00Z",
        daysLeft: 25,
        hasExpired: false,
        nextRotation: "2026-11-20",
        daysLate: 5,
      },
      {
        service: "orders",
        kind: "secret",
        expires: "2027-04-30T00:00:00Z",
        daysLeft: 156,
        hasExpired: false,
        nextRotation: "2027-01-07",
        daysLate: 0,
      },
      {
        service: "ingest",
        kind: "federated",
        expires: null,
        daysLeft: null,
        hasExpired: false,
        nextRotation: null,
        daysLate: 0,
      },
    ]);
    for (const time of ["00:00:00", "23:59:59"])
      expect(expiriesOf(directory, new Date(`2026-11-25T${time}Z`))).toEqual(expiriesOf(directory, today));
  });

  it("is a problem within the given days, and so is a rotation that is overdue for longer than allowed", () => {
    const rows = expiriesOf(directory, today);
    expect(expiryProblems(rows, 25, 5)).toEqual(["reporting: its certificate expired on 2026-11-24"]);
    expect(expiryProblems(rows, 26, 4)).toEqual([
      "reporting: its certificate expired on 2026-11-24",
      "billing: its secret expires on 2026-12-20, in 25 days",
      "billing: its rotation was due on 2026-11-20, 5 days ago; run `npm run up`",
    ]);
  });
});

describe("the expiry check of a daily run", () => {
  const gate = (date: string, credential: object) =>
    expiryProblems(expiriesOf({ a: entry("a", credential) } as never, new Date(date)), 14, 3);
  const daily = (policy: RotationPolicy) => {
    const days = Array.from({ length: 365 }, (_, day) => new Date(Date.parse(policy.since) + day * 86_400_000));
    let issued: IssuedSecret[] = [];
    return days.flatMap((day) => {
      issued = secretsOn(day, policy, "a", issued);
      const newest = issued.at(-1);
      const next = nextRotation(day, policy, "a", newest);
      return gate(day.toISOString(), secret(`${newest?.secretEnd.slice(0, 10)}`, next));
    });
  };

  it.each([
    [7, 2, 9],
    [90, 7, 97],
    [90, 14, 180],
    [1, 0, 2],
  ])(
    "passes during a year of rotations with a period of %i, an overlap of %i and a validity of %i days",
    (periodDays, overlapDays, validityDays) => {
      expect(daily({ since: "2026-11-01", periodDays, overlapDays, validityDays })).toEqual([]);
    },
  );

  it("fails from the day after a missed rotation, if the secret expires soon", () => {
    const weekly = secret("2026-11-10", "2026-11-08");
    expect(gate("2026-11-07", weekly)).toEqual([]);
    expect(gate("2026-11-08", weekly)).toEqual([]);
    expect(gate("2026-11-09", weekly)).toEqual(["a: its secret expires on 2026-11-10, in 1 day"]);
    expect(gate("2026-11-10", weekly)).toEqual(["a: its secret expired on 2026-11-10"]);
    expect(gate("2026-11-12", weekly)).toEqual([
      "a: its secret expired on 2026-11-10",
      "a: its rotation was due on 2026-11-08, 4 days ago; run `npm run up`",
    ]);
  });

  it("fails if no rotation is due before a credential expires: a secret whose rotation is too late, or a certificate", () => {
    expect(gate("2026-11-01", secret("2026-11-10", "2026-11-10"))).toEqual([
      "a: its secret expires on 2026-11-10, in 9 days",
    ]);
    const certificate = { kind: "certificate", expires: "2026-11-10T10:00:00Z", keyIds: [], thumbprint: "ab" };
    expect(gate("2026-11-10", certificate)).toEqual(["a: its certificate expires on 2026-11-10, today"]);
    expect(gate("2026-11-11", certificate)).toEqual(["a: its certificate expired on 2026-11-10"]);
  });
});

describe("npm run expiry", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "expiry-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const outputs = async (content: string) => {
    const file = path.join(folder, "outputs.json");
    await writeFile(file, content);
    return file;
  };

  it("exits with 0 if no credential expires soon, and with 1 if one does", async () => {
    const file = await outputs(JSON.stringify({ tenantId: guid("tenant"), directory }));
    const quiet = await runCommand("expiry", file, "--date", "2026-11-20");
    expect([quiet.code, quiet.stderr]).toEqual([0, ""]);
    const gate = await runCommand("expiry", file, "--date", "2026-11-20", "--within", "30d", "--json");
    expect([gate.code, JSON.parse(gate.stdout).problems]).toEqual([
      1,
      ["reporting: its certificate expires on 2026-11-24, in 4 days"],
    ]);
  });

  it("exits with 2 and the reason for wrong input", async () => {
    const missing = await runCommand("expiry", await outputs('{"directory": {}}'));
    expect([missing.code, missing.stderr]).toEqual([
      2,
      `\n${path.join(folder, "outputs.json")} does not contain the outputs of a stack of this project; create it with \`pulumi stack output --json\`\n  tenantId is missing; allowed: text\n`,
    ]);
    const wrong = await runCommand("expiry", "--within", "a month");
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'error: -w, --within <days> is "a month"; allowed: a number of days, for example 30d.\n`npm run expiry -- --help` lists the arguments and options.\n',
    ]);
  });
});
