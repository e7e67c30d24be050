import { faultPlan } from "@microservice-identities/local-azure/faultPlan";
import { readOptionFile } from "@microservice-identities/local-azure/optionFile";
import { auditRules } from "@microservice-identities/review/auditRules";
import { rules } from "@microservice-identities/review/rules/index";
import { refusedCall } from "@microservice-identities/review/usageRules";
import { readWaivers } from "@microservice-identities/review/waivers";
import { readWholeStates } from "../../cli/audit/wholeState";
import { readRecording } from "../../cli/conformance/recording";
import { readFaults } from "../../cli/deployingCommand";
import { readEarlier, readStates } from "../../cli/review/files";
import { outputsIn } from "../../cli/stackOutputs";
import { noRegistration } from "../../cli/state";
import { fileWith, inFolder, type Mistake, secretLike, tooLong } from "./mistake";

const names = [...rules, ...auditRules, refusedCall].map(({ id }) => JSON.stringify(id));
const ruleNames = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

const waiver = {
  rule: "unused-role",
  subject: "ingest-dev Feeds.Write",
  accepts: "is granted to nobody",
  stack: "dev",
  reason: "It is needed in January.",
  owner: "the ingest team",
  until: "2027-01-31",
};

let files = 0;
const waivers = (what: string, text: string, ...message: string[]): Mistake => ({
  what: `waivers ${what}`,
  read: () => readWaivers(fileWith(`waivers${files++}.yaml`, text), "2026-11-25"),
  message,
});
const withWaiver = (what: string, change: object, ...message: string[]) =>
  waivers(what, `waivers:\n  - ${JSON.stringify({ ...waiver, ...change })}\n`, ...message);

export const waiverFiles: readonly Mistake[] = [
  {
    what: "waivers in a file that does not exist",
    read: () => readWaivers(inFolder("none.yaml"), "2026-11-25"),
    message: ["cannot read <folder>/none.yaml: there is no such file; correct the path"],
  },
  waivers(
    "in an empty file",
    "",
    "<folder>/waivers0.yaml has 1 problem:",
    "  the content is empty; allowed: keys and values",
  ),
  waivers(
    "without a list",
    "waivers: none\n",
    "<folder>/waivers1.yaml has 1 problem:",
    '  line 1: waivers is "none"; allowed: a list',
  ),
  waivers(
    "under a misspelt key",
    "waiver: []\n",
    "<folder>/waivers2.yaml has 2 problems:",
    "  line 1: waivers is missing; allowed: a list",
    '  line 1: waiver is unknown. Did you mean "waivers"? Allowed here: longestDays, waivers',
  ),
  withWaiver(
    "of a misspelt rule",
    { rule: "unusedrole" },
    "<folder>/waivers3.yaml has 1 problem:",
    `  line 2: waivers[0].rule is "unusedrole". Did you mean "unused-role"? Allowed: ${ruleNames}`,
  ),
  withWaiver(
    "with a reason of one word",
    { reason: "Ok" },
    "<folder>/waivers4.yaml has 1 problem:",
    '  line 2: waivers[0].reason is "Ok"; allowed: a reason of at least two words',
  ),
  withWaiver(
    "without an owner",
    { owner: undefined },
    "<folder>/waivers5.yaml has 1 problem:",
    "  line 2: waivers[0].owner is missing; allowed: text of 1 to 500 characters",
  ),
  withWaiver(
    "that end in ten years",
    { until: "2036-01-31" },
    "<folder>/waivers6.yaml has 1 problem:",
    "  line 2: waivers[0].until is 2036-01-31; allowed: at most 366 days from today, until 2027-11-26",
  ),
  withWaiver(
    "with an end that is not a date",
    { until: "soon" },
    "<folder>/waivers7.yaml has 1 problem:",
    '  line 2: waivers[0].until is "soon"; allowed: a date that exists, written like 2027-03-31',
  ),
  withWaiver(
    "with a very long subject",
    { subject: tooLong },
    "<folder>/waivers8.yaml has 1 problem:",
    '  line 2: waivers[0].subject is "long long long long long long long long long long long long long long long long… (1499 characters); allowed: text of 1 to 500 characters',
  ),
  waivers(
    "with mistakes of several kinds",
    `waivers:\n  - ${JSON.stringify({ ...waiver, until: "2036-01-31" })}\n  - ${JSON.stringify({ ...waiver, owner: "" })}\n`,
    "<folder>/waivers9.yaml has 2 problems:",
    '  line 3: waivers[1].owner is ""; allowed: text of 1 to 500 characters',
    "  line 2: waivers[0].until is 2036-01-31; allowed: at most 366 days from today, until 2027-11-26",
  ),
  waivers(
    "with a limit of more than a year",
    `longestDays: 1000\nwaivers: []\n`,
    "<folder>/waivers10.yaml has 1 problem:",
    "  line 1: longestDays is 1000; allowed: at most 366",
  ),
];

const faults = (what: string, text: string, ...message: string[]): Mistake => ({
  what: `faults ${what}`,
  read: () => readFaults(fileWith(`faults${files++}.yaml`, text)),
  message,
});

export const faultFiles: readonly Mistake[] = [
  {
    what: "faults in a file that does not exist",
    read: () => readFaults(inFolder("none.yaml")),
    message: ["--faults: cannot read <folder>/none.yaml: there is no such file; correct the path"],
  },
  faults(
    "in an empty file",
    "",
    "--faults: <folder>/faults11.yaml has 1 problem:",
    "  the content is empty; allowed: keys and values",
  ),
  faults(
    "of a misspelt kind",
    "faults:\n  - kind: throttld\n",
    "--faults: <folder>/faults12.yaml has 1 problem:",
    '  line 2: faults[0].kind is "throttld". Did you mean "throttled"? Allowed: "throttled", "internalError", "unavailable", "slow", "dropped" or "answerLost"',
  ),
  faults(
    "at an unknown endpoint",
    "faults:\n  - { kind: slow, endpoint: msgraph }\n",
    "--faults: <folder>/faults13.yaml has 1 problem:",
    '  line 2: faults[0].endpoint is "msgraph"; allowed: "entra", "graph", "resourceManager", "keyVault" or "managedIdentity"',
  ),
  faults(
    "with a probability above 1",
    "faults:\n  - { kind: slow, probability: 2 }\n",
    "--faults: <folder>/faults14.yaml has 1 problem:",
    "  line 2: faults[0].probability is 2; allowed: at most 1",
  ),
  faults(
    "with a probability of 0",
    "faults:\n  - { kind: slow, probability: 0 }\n",
    "--faults: <folder>/faults15.yaml has 1 problem:",
    "  line 2: faults[0].probability is 0; allowed: more than 0",
  ),
  faults(
    "without a kind",
    "faults:\n  - { endpoint: graph }\n",
    "--faults: <folder>/faults16.yaml has 1 problem:",
    '  line 2: faults[0].kind is missing; allowed: "throttled", "internalError", "unavailable", "slow", "dropped" or "answerLost"',
  ),
  faults(
    "with an unknown preset",
    "preset: entra-2025\n",
    "--faults: <folder>/faults17.yaml has 1 problem:",
    '  line 1: preset is "entra-2025". Did you mean "entra-2026"? Allowed: "entra-2026"',
  ),
  faults(
    "with no replica",
    "replicas: 0\n",
    "--faults: <folder>/faults18.yaml has 1 problem:",
    "  line 1: replicas is 0; allowed: at least 1",
  ),
  faults(
    "with a misspelt key",
    "replicaton: { applicationSeconds: 2 }\n",
    "--faults: <folder>/faults19.yaml has 1 problem:",
    '  line 1: replicaton is unknown. Did you mean "replication"? Allowed here: preset, seed, faults, replicas, replicationSeconds, staleReadSeconds, shuffledLists, replication, tokenReplication, secretOperationSeconds, tokenLifetimeSeconds, clockSkewSeconds',
  ),
  faults(
    "with tokens that are valid for more than a day",
    "tokenLifetimeSeconds: 1000000\n",
    "--faults: <folder>/faults20.yaml has 1 problem:",
    "  line 1: tokenLifetimeSeconds is 1000000; allowed: at most 86400",
  ),
  {
    what: "faults for the command local-azure, with mistakes of several kinds",
    read: () =>
      readOptionFile(
        "--faults",
        fileWith("own.yaml", "seed: one\nfaults:\n  - kind: throttld\n    sconds: 1\nreplica: 2\n"),
        faultPlan,
      ),
    message: [
      "--faults: <folder>/own.yaml has 4 problem(s):",
      '  line 1: seed is "one"; allowed: a number',
      '  line 3: faults[0].kind is "throttld"; allowed: "throttled", "internalError", "unavailable", "slow", "dropped", "answerLost"',
      "  line 4: faults[0].sconds is unknown; remove it, or correct its name: packages/local-azure/README.md lists the keys",
      "  line 5: replica is unknown; remove it, or correct its name: packages/local-azure/README.md lists the keys",
    ],
  },
  {
    what: "faults for the command local-azure that are not YAML",
    read: () => readOptionFile("--faults", fileWith("broken.yaml", "faults:\n  - kind: [slow\n"), faultPlan),
    message: [
      "--faults: <folder>/broken.yaml has 1 problem(s):",
      "  line 3: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
  },
];

const state = (...resources: object[]) => JSON.stringify({ version: 3, deployment: { resources } });
const stack = { urn: "urn:1::shop-dev", type: "pulumi:pulumi:Stack" };
const registration = (outputs: object) => {
  const type = "azuread:index/application:Application";
  return { urn: `urn:pulumi:dev::shop::${type}::orders`, type, custom: true, id: "/applications/1", outputs };
};

export const otherFiles: readonly Mistake[] = [
  {
    what: "a state that does not exist",
    read: () => readStates([inFolder("state.json")]),
    message: ["cannot read <folder>/state.json: there is no such file; correct the path"],
  },
  {
    what: "a state that is not JSON",
    read: () => readStates([fileWith("text.json", `secret ${secretLike}`)]),
    message: ["<folder>/text.json is not JSON; create it with `pulumi stack export --file <file>`"],
  },
  {
    what: "a state that is empty",
    read: () => readStates([fileWith("blank.json", "\n")]),
    message: ["<folder>/blank.json is empty; create it with `pulumi stack export --file <file>`"],
  },
  {
    what: "a folder instead of a state",
    read: () => readStates([inFolder(".")]),
    message: ["cannot read <folder>: it is a folder; name a file in it"],
  },
  {
    what: "a state of a stack that was never deployed",
    read: () => readWholeStates([fileWith("new.json", '{"version": 3, "deployment": {"manifest": {}}}')]),
    message: [
      "<folder>/new.json has 1 problem:",
      "  deployment.resources is empty; allowed: the resources of a deployed stack; deploy the stack, and export it again with `pulumi stack export --file <file>`",
    ],
  },
  {
    what: "a state with only the grants, as `npm run local` writes it, for an audit",
    read: () => readWholeStates([fileWith("grants.json", state(registration({ clientId: "1" })))]),
    message: [
      "<folder>/grants.json has 1 problem:",
      "  deployment.resources has no pulumi:pulumi:Stack, so it is only a part of a state; allowed: all resources of a stack, as `pulumi stack export` writes them. The state.json of `npm run local` contains only grants",
    ],
  },
  {
    what: "a state with resources that were not deployed, for an audit",
    read: () => readWholeStates([fileWith("undeployed.json", state(stack, registration({})))]),
    message: [
      "<folder>/undeployed.json has 1 problem:",
      "  deployment.resources contains resources without their ids: Application orders; allowed: deployed resources; deploy the stack, and export it again with `pulumi stack export --file <file>`",
    ],
  },
  {
    what: "a state without a registration, for an audit or a report of usage",
    read: () => Promise.reject(noRegistration({ stack: ["dev"], state: ["bootstrap.json"] })),
    message: [
      "bootstrap.json has no app registration (azuread:Application); allowed: the state of a deployed landscape. Deploy the stack, or name another one with --stack or --state",
    ],
  },
  {
    what: "a state without resources",
    read: () => readStates([fileWith("bare.json", "{}")]),
    message: [
      "<folder>/bare.json is not an exported state; create it with `pulumi stack export --file <file>`",
      "  deployment is missing; allowed: keys and values",
    ],
  },
  {
    what: "a state with a resource without a type",
    read: () => readStates([fileWith("typeless.json", '{"deployment": {"resources": [{"urn": "urn:1"}]}}')]),
    message: [
      "<folder>/typeless.json is not an exported state; create it with `pulumi stack export --file <file>`",
      "  deployment.resources[0].type is missing; allowed: text",
    ],
  },
  {
    what: "an earlier review that is a folder",
    read: () => readEarlier(inFolder("")),
    message: ["cannot read <folder>: it is a folder; name a file in it"],
  },
  {
    what: "outputs that do not exist",
    read: () => outputsIn(inFolder("outputs.json")),
    message: ["cannot read the stack's outputs from <folder>/outputs.json: there is no such file; correct the path"],
  },
  {
    what: "outputs that are not JSON",
    read: () => outputsIn(fileWith("outputs.txt", `secret ${secretLike}`)),
    message: ["<folder>/outputs.txt is not JSON; create it with `pulumi stack output --json`"],
  },
  {
    what: "outputs of another project",
    read: () => outputsIn(fileWith("others.json", '{"bucket": "b"}')),
    message: [
      "<folder>/others.json does not contain the outputs of a stack of this project; create it with `pulumi stack output --json`",
      "  tenantId is missing; allowed: text",
      "  directory is missing; allowed: keys and values",
    ],
  },
  {
    what: "a recording that does not exist",
    read: () => readRecording(inFolder("run.jsonl")),
    message: ["cannot read <folder>/run.jsonl: there is no such file; correct the path"],
  },
  {
    what: "a recording with a line of an unknown kind",
    read: () => readRecording(fileWith("kinds.jsonl", '{"kind": "rune"}\n')),
    message: [
      "<folder>/kinds.jsonl:1 is not a line of a recording:",
      '  kind is "rune"; allowed: "run", "request" or "result"',
    ],
  },
  {
    what: "a recording with an unknown result",
    read: () =>
      readRecording(
        fileWith("result.jsonl", '{"kind": "result", "assumption": "C-01", "result": "confirmd", "evidence": ""}\n'),
      ),
    message: [
      "<folder>/result.jsonl:1 is not a line of a recording:",
      '  result is "confirmd". Did you mean "confirmed"? Allowed: "confirmed", "refuted" or "inconclusive"',
    ],
  },
];
