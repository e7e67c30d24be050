import { secret, signedIn } from "./fixtures";
import { errorOf, type Identity, type Lab, text } from "./lab";
import { groupPath, vaultVersion } from "./vaults";
import type { Answer } from "./wire";

/**
 * Permanently deletes everything whose name begins with the lab's prefix.
 *
 * @param made the objects that this process created, because lists may not show them yet
 * @returns the objects that could not be deleted, and why; empty if nothing is left
 */
export async function cleanUp(lab: Lab, made: Pick<Lab, "created" | "identities">): Promise<readonly string[]> {
  const { created, identities } = made;
  const owners: Owners = { known: [lab.tenancy.deployer, ...identities], registrars: await registrarsOf(lab) };
  const isRegistrar = ({ displayName }: Row) => String(displayName).startsWith(registrarNames(lab));
  // A registrar must exist while it owns an object, even a deleted one.
  const left = [
    ...(await deleteApplications(lab, owners, created, (row) => !isRegistrar(row))),
    ...(await purgeItems(lab, owners)),
    ...(await deleteApplications(lab, owners, new Set(), isRegistrar)),
    ...(await purgeItems(lab, owners)),
    ...(await deleteGroups(lab)),
    ...(await purgeVaults(lab)),
  ];
  return [...new Set(left)];
}

/** The identities that may own objects of the run. */
interface Owners {
  /** Identities that are signed in; the first one is the deployer. */
  readonly known: Identity[];
  /** Applications that the deployer owns, so it can sign in as them. */
  readonly registrars: readonly Row[];
}

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

const registrarNames = ({ prefix }: Lab): string => `${prefix}-registrar`;

const named = (start: string) => `$filter=${encodeURIComponent(`startswith(displayName,'${start}')`)}`;

const registrarsOf = async (lab: Lab): Promise<readonly Row[]> =>
  rows(await lab.graph("GET", `/applications?${named(registrarNames(lab))}&$select=id,appId,displayName`));

async function deleteApplications(
  lab: Lab,
  owners: Owners,
  created: ReadonlySet<string>,
  isWanted: (row: Row) => boolean,
): Promise<readonly string[]> {
  const registrars = new Set(owners.registrars.map(({ id }) => id));
  const known = [...created].filter((id) => !registrars.has(id));
  const left = new Map(known.map((id) => [id, `application ${id}`]));
  const gone = new Set<string>();
  const path = `/applications?${named(`${lab.prefix}-`)}&$select=id,displayName&$top=100`;
  return untilEmpty(lab, async () => {
    const shown = rows(await lab.graph("GET", path)).filter((row) => !gone.has(row.id) && isWanted(row));
    for (const { id, displayName } of shown) left.set(id, `application ${displayName} (${id})`);
    const found = left.size;
    for (const id of [...left.keys()]) {
      const { status } = await asOwner(lab, "DELETE", `/applications/${id}`, owners);
      const isGone = status === 404 && !created.has(id) && !shown.some((each) => each.id === id);
      if (status >= 300 && !isGone) continue;
      left.delete(id);
      gone.add(id);
    }
    return { found, left: [...left.values()] };
  });
}

/** Sends a request as the first owner that is allowed to; if none is, signs in as a registrar. */
async function asOwner(lab: Lab, method: string, path: string, { known, registrars }: Owners): Promise<Answer> {
  let answer = await lab.graph(method, path);
  for (const owner of known.slice(1)) {
    if (answer.status !== 403) return answer;
    answer = await lab.graph(method, path, undefined, owner);
  }
  const clients = new Set(known.map(({ clientId }) => clientId));
  for (const { id, appId, displayName } of registrars.filter((each) => !clients.has(String(each.appId)))) {
    if (answer.status !== 403) return answer;
    const registered = { id, appId: String(appId), name: String(displayName), principalId: "" };
    const owner = await signedIn(lab, registered, await secret(lab, registered));
    known.push(owner);
    answer = await lab.graph(method, path, undefined, owner);
  }
  return answer;
}

async function purgeItems(lab: Lab, owners: Owners): Promise<readonly string[]> {
  const path = "/directory/deletedItems";
  const gone = new Set<string>();
  return untilEmpty(lab, async () => {
    const left: string[] = [];
    let found = 0;
    for (const type of ["application", "servicePrincipal"]) {
      const listed = rows(
        await lab.graph("GET", `${path}/microsoft.graph.${type}?${named(`${lab.prefix}-`)}&$select=id,displayName`),
      );
      for (const { id, displayName } of listed.filter((each) => !gone.has(each.id))) {
        found++;
        const answer = await asOwner(lab, "DELETE", `${path}/${id}`, owners);
        if (answer.status < 300 || answer.status === 404) gone.add(id);
        else left.push(`deleted ${type} ${displayName} (${id}): ${errorOf(answer)}; Entra deletes it after 30 days`);
      }
    }
    return { found, left };
  });
}

async function deleteGroups(lab: Lab): Promise<readonly string[]> {
  return untilEmpty(lab, async () => {
    const listed = rows(await lab.resourceManager("GET", "/resourceGroups?api-version=2021-04-01"));
    const ours = listed.map(({ name }) => String(name)).filter((name) => name.startsWith(`${lab.prefix}-`));
    for (const name of ours) await lab.resourceManager("DELETE", groupPath(name));
    return { found: ours.length, left: ours.map((name) => `resource group ${name}`) };
  });
}

async function purgeVaults(lab: Lab): Promise<readonly string[]> {
  return untilEmpty(lab, async () => {
    const provider = "/providers/Microsoft.KeyVault";
    const listed = rows(await lab.resourceManager("GET", `${provider}/deletedVaults?api-version=${vaultVersion}`));
    const ours = listed.filter(({ name }) => String(name).startsWith(`${lab.prefix}-`));
    for (const { name, properties } of ours) {
      const { location } = properties as { location: string };
      const path = `${provider}/locations/${location}/deletedVaults/${name}/purge?api-version=${vaultVersion}`;
      await lab.resourceManager("POST", path);
    }
    const left = ours.map(({ name }) => `deleted vault ${name}; Key Vault deletes it after 7 days`);
    return { found: ours.length, left };
  });
}

/** The result of one round of deletions. */
interface Round {
  /** How many objects were found. */
  readonly found: number;
  /** The objects that still exist. */
  readonly left: readonly string[];
}

/**
 * Repeats rounds until two in a row find nothing: lists have pages, and may be out of date.
 *
 * @returns the objects that are left after the run's time limit without progress
 */
async function untilEmpty(lab: Lab, round: () => Promise<Round>): Promise<readonly string[]> {
  const patience = lab.settings.patienceSeconds * 1000;
  let end = performance.now() + patience;
  for (let empty = 0; ; ) {
    const { found, left } = await round();
    lab.progress(`${found} found`);
    empty = found === 0 ? empty + 1 : 0;
    if (empty === 2) return [];
    if (left.length < found) end = performance.now() + patience;
    if (performance.now() >= end) return left;
    await lab.pause();
  }
}

/** @throws Error if the list is refused */
function rows(answer: Answer): Row[] {
  if (answer.status !== 200) text(answer, "value");
  return Array.isArray(answer.body.value) ? answer.body.value : [];
}
