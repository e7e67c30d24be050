import { setTimeout } from "node:timers/promises";
import { seededRandom } from "@microservice-identities/proof/seededRandom";
import { keyOfFinding } from "@microservice-identities/review/rule";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { deployedPair } from "@microservice-identities/test-support/deployedPair";
import { callingInACircle, type Planted, planters } from "@microservice-identities/test-support/undeclared";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { localTenant } from "../../cli/adoption/localTenant";
import { type Audit, audit, conclusion } from "../../cli/audit/audit";
import { Declared, rowOf, type StateRow } from "../../cli/audit/declared";
import { atLeast, command, exitCodeOf, runIfProgram } from "../../cli/command";
import { localConfig } from "../../cli/deployingCommand";
import program from "../../stacks/index";

const day = "2026-11-25";

interface Options {
  readonly services: number;
  readonly extras: number;
  readonly seed: number;
  readonly principals: number;
}

async function run(options: Options): Promise<number> {
  const isExact = await findsPlantedAccess(options);
  const isInTime = options.principals === 0 || (await readsMany(options.principals));
  return isExact && isInTime ? 0 : 1;
}

/** Deploys a landscape, plants undeclared access, and compares the audit's findings with it. */
async function findsPlantedAccess({ services, extras, seed }: Options): Promise<boolean> {
  const pair = await deployedPair(program, day);
  try {
    await pair.change(callingInACircle(services));
    await pair.set({ vault: { retentionDays: 7, purgeProtection: false, network: { ipRules: ["198.51.100.7"] } } });
    const stack = pair.stack();
    await stack.up({ config: { ...pair.config, ...localConfig(pair.azure.azure) } });
    const declared = new Declared((await stack.resources()).map(rowOf), rolesOf(pair.azure));
    const before = await audited(declared, pair.azure);
    const clientIds = declared.services.map(({ clientId }) => clientId);
    const all = Object.values(planters(pair.azure.azure, clientIds, (await selfSigned("by-hand")).pem));
    const random = seededRandom(seed);
    // Each planter uses the objects in a random order, and none of them twice.
    const orders = all.map(() => shuffled(services, random));
    if (extras > services * all.length) throw new Error(`at most ${services * all.length} extras can be planted`);
    const planted = Array.from({ length: extras }, (_, count): readonly Planted[] => {
      const which = count % all.length;
      const object = orders[which]?.[Math.floor(count / all.length)] ?? 0;
      const plant = all[which] as (typeof all)[number];
      return plant(which * services + object);
    }).flat();
    const after = await audited(declared, pair.azure);
    const listed = new Set(after.findings.map(keyOfFinding));
    const wanted = new Set(planted.map(keyOfFinding));
    const missing = planted.filter((each) => !listed.has(keyOfFinding(each)));
    const wrong = after.findings.filter((each) => !wanted.has(keyOfFinding(each)));
    console.log(
      `Before planting: the audit of ${services} deployed services listed ${before.findings.length} objects.`,
    );
    console.log(
      `${extras} plantings (seed ${seed}) made ${planted.length} objects: ${missing.length} were not listed, ${wrong.length} others were listed.`,
    );
    for (const { rule, about } of [...missing, ...wrong]) console.log(`  ${rule} ${about.join(" ")}`);
    console.log(conclusion(after));
    return before.findings.length + missing.length + wrong.length + after.unseen.length === 0;
  } finally {
    await pair.close();
  }
}

/** Audits registrations and identities that are created directly, because a deployment would take too long. */
async function readsMany(principals: number): Promise<boolean> {
  const azure = await startTestAzure();
  try {
    const count = Math.floor(principals / 2);
    const declared = new Declared(createServices(azure, count), rolesOf(azure));
    await setTimeout(0);
    const start = performance.now();
    const found = await audited(declared, azure);
    const seconds = (performance.now() - start) / 1000;
    console.log(`${2 * count} principals: ${seconds.toFixed(1)} s. ${conclusion(found)}`);
    for (const { what, reason } of found.unseen) console.log(`  ${what}: ${reason}`);
    return found.findings.length + found.unseen.length === 0 && seconds < 60;
  } finally {
    await azure.close();
  }
}

async function audited(declared: Declared, { azure }: TestAzure): Promise<Audit> {
  const permissions = ["Application.Read.All", "Directory.Read.All", "RoleManagement.Read.Directory"];
  const tenant = await localTenant({
    ...azure,
    deployer: azure.addIdentity("auditor", permissions, azureRoles.reader.id),
  });
  try {
    return await audit(declared, tenant, { stack: "dev", today: day });
  } finally {
    await tenant.close();
  }
}

/** The deployer's Azure roles, which its bootstrap declares. */
const rolesOf = ({ azure }: TestAzure): StateRow[] =>
  azure.subscription.access
    .all()
    .map(({ id }) => ({ urn: "", type: "azure-native:authorization:RoleAssignment", id, properties: {} }));

/** Creates services with a registration and an identity. Each calls the next one. @returns their resources in the state */
function createServices({ azure }: TestAzure, count: number): StateRow[] {
  const { tenant, subscription } = azure;
  const group = `/subscriptions/${subscription.id}/resourceGroups/rg`;
  const made = Array.from({ length: count }, (_, index) => {
    const application = tenant.addApplication(`service-${index}`);
    const role = { id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`, value: "Things.Read" };
    const words = {
      displayName: role.value,
      description: role.value,
      isEnabled: true,
      allowedMemberTypes: ["Application"],
    };
    tenant.setAppRoles(application, [{ ...role, ...words }]);
    const principal = tenant.addServicePrincipal({ appId: application.appId, displayName: application.displayName });
    const { credential } = tenant.addPassword(application, {});
    const name = `id-${index}`;
    const appId = `11111111-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const own = tenant.addServicePrincipal({ appId, displayName: name, servicePrincipalType: "ManagedIdentity" });
    const id = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
    subscription.identities.set(id.toLowerCase(), {
      id,
      name,
      location: "westeurope",
      principalId: own.id,
      clientId: appId,
      tags: {},
      federatedCredentials: new Map(),
    });
    return { application, principal, role, credential, identity: { id, principalId: own.id } };
  });
  const row = (type: string, id: string, properties: object): StateRow => ({
    urn: "",
    type,
    id,
    properties: properties as Record<string, unknown>,
  });
  return made.flatMap(({ application, principal, role, credential, identity }, index) => {
    const next = made[(index + 1) % count] as (typeof made)[number];
    tenant.assign(principal.id, next.principal.id, next.role.id);
    return [
      row("azuread:index/application:Application", `/applications/${application.id}`, {
        displayName: application.displayName,
        clientId: application.appId,
        objectId: application.id,
        appRoles: [role],
      }),
      row("azuread:index/servicePrincipal:ServicePrincipal", `/servicePrincipals/${principal.id}`, {
        clientId: application.appId,
        objectId: principal.id,
      }),
      row("azuread:index/applicationPassword:ApplicationPassword", "", { keyId: credential.keyId }),
      row("azuread:index/appRoleAssignment:AppRoleAssignment", "", {
        principalObjectId: principal.id,
        resourceObjectId: next.principal.id,
        appRoleId: next.role.id,
      }),
      row("azure-native:managedidentity:UserAssignedIdentity", identity.id, { principalId: identity.principalId }),
    ];
  });
}

function shuffled(count: number, random: () => number): number[] {
  const keyed = Array.from({ length: count }, (_, index) => ({ index, key: random() }));
  return keyed.sort((one, other) => one.key - other.key).map(({ index }) => index);
}

export const auditTestCommand = command("test:audit", {
  does: "Deploys a landscape onto a local Azure, adds undeclared objects of every kind, and checks that the audit lists exactly these. Then it audits many principals and measures how long that takes.",
  exitCodes: {
    0: "exactly the added objects were listed; the large audit took under a minute",
    1: "other objects were listed, or the large audit took longer",
    2: "it could not run",
  },
  example: "npm run test:audit -- --services 40 --extras 200 --seed 25",
})
  .option("--services <count>", "how many services to deploy", atLeast(2), 40)
  .option("--extras <count>", "how many objects to add", atLeast(1), 200)
  .option("-s, --seed <number>", "selects where they are added", atLeast(1), 1)
  .option("--principals <count>", "how many principals to audit for the measurement; 0 skips it", atLeast(0), 10_000)
  .action((options: Options) => exitCodeOf(run(options)));
runIfProgram(__filename, auditTestCommand);
