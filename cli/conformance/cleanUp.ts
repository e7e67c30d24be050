import { secret, signedIn } from "./fixtures";
import { errorOf, type Identity, type Lab, text } from "./lab";
import { groupPath, vaultVersion } from "./vaults";
import type { Answer } from "./wire";

/**
 * Deletes everything whose name begins with the lab's prefix, for good.
 *
 * @param made what this process knows that it created: lists may not show it yet
 * @returns what could not be deleted, and why; empty when nothing is left
 */
export async function cleanUp(lab: Lab, made: Pick<Lab, "created" | "identities">): Promise<string[]> {
  const owners = [lab.tenancy.deployer, ...made.identities];
  const applications = await deleteApplications(lab, owners, made.created);
  return [
    ...applications,
    ...(await purgeItems(lab, owners)),
    ...(await deleteGroups(lab)),
    ...(await purgeVaults(lab)),
  ];
}

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

const filter = ({ prefix }: Lab) => `$filter=${encodeURIComponent(`startswith(displayName,'${prefix}-')`)}`;

async function deleteApplications(lab: Lab, owners: Identity[], created: ReadonlySet<string>): Promise<string[]> {
  const left = new Map([...created].map((id) => [id, `application ${id}`]));
  const gone = new Set<string>();
  const path = `/applications?${filter(lab)}&$select=id,appId,displayName&$top=100`;
  return untilEmpty(lab, async () => {
    const shown = rows(await lab.graph("GET", path)).filter(({ id }) => !gone.has(id));
    for (const { id, displayName } of shown) left.set(id, `application ${displayName} (${id})`);
    const registrars = shown.filter(({ displayName }) => String(displayName).startsWith(`${lab.prefix}-registrar`));
    const isRegistrar = (id: string) => registrars.some((each) => each.id === id);
    for (const id of [...left.keys()].filter((each) => !isRegistrar(each))) {
      const answer = await asOwner(lab, "DELETE", `/applications/${id}`, owners, registrars);
      if (answer.status >= 300) {
        if (answer.status === 404 && !shown.some((each) => each.id === id) && !created.has(id)) left.delete(id);
        continue;
      }
      left.delete(id);
      gone.add(id);
    }
    // A registrar has to be there for as long as it owns something.
    if ([...left.keys()].every(isRegistrar))
      for (const { id } of registrars)
        if ((await lab.graph("DELETE", `/applications/${id}`)).status < 300) {
          left.delete(id);
          gone.add(id);
        }
    return [...left.values()];
  });
}

/** Sends a request as the first of the owners who may; signs in as a registrar when nobody may. */
async function asOwner(
  lab: Lab,
  method: string,
  path: string,
  owners: Identity[],
  registrars: readonly Row[] = [],
): Promise<Answer> {
  let answer = await lab.graph(method, path);
  const known = new Set(owners.map(({ clientId }) => clientId));
  for (const owner of owners.slice(1)) {
    if (answer.status !== 403) return answer;
    answer = await lab.graph(method, path, undefined, owner);
  }
  for (const { id, appId, displayName } of registrars.filter((each) => !known.has(String(each.appId)))) {
    if (answer.status !== 403) return answer;
    const registered = { id, appId: String(appId), name: String(displayName), principalId: "" };
    const owner = await signedIn(lab, registered, await secret(lab, registered));
    owners.push(owner);
    answer = await lab.graph(method, path, undefined, owner);
  }
  return answer;
}

async function purgeItems(lab: Lab, owners: Identity[]): Promise<string[]> {
  const path = "/directory/deletedItems";
  const gone = new Set<string>();
  return untilEmpty(lab, async () => {
    const left: string[] = [];
    for (const type of ["application", "servicePrincipal"]) {
      const listed = rows(
        await lab.graph("GET", `${path}/microsoft.graph.${type}?${filter(lab)}&$select=id,displayName`),
      );
      for (const { id, displayName } of listed.filter((each) => !gone.has(each.id))) {
        const answer = await asOwner(lab, "DELETE", `${path}/${id}`, owners);
        if (answer.status < 300 || answer.status === 404) gone.add(id);
        else left.push(`deleted ${type} ${displayName} (${id}): ${errorOf(answer)}; Entra deletes it after 30 days`);
      }
    }
    return left;
  });
}

async function deleteGroups(lab: Lab): Promise<string[]> {
  return untilEmpty(lab, async () => {
    const listed = rows(await lab.resourceManager("GET", "/resourceGroups?api-version=2021-04-01"));
    const ours = listed.map(({ name }) => String(name)).filter((name) => name.startsWith(`${lab.prefix}-`));
    for (const name of ours) await lab.resourceManager("DELETE", groupPath(name));
    return ours.map((name) => `resource group ${name}`);
  });
}

async function purgeVaults(lab: Lab): Promise<string[]> {
  return untilEmpty(lab, async () => {
    const provider = "/providers/Microsoft.KeyVault";
    const listed = rows(await lab.resourceManager("GET", `${provider}/deletedVaults?api-version=${vaultVersion}`));
    const ours = listed.filter(({ name }) => String(name).startsWith(`${lab.prefix}-`));
    for (const { name, properties } of ours) {
      const { location } = properties as { location: string };
      const path = `${provider}/locations/${location}/deletedVaults/${name}/purge?api-version=${vaultVersion}`;
      await lab.resourceManager("POST", path);
    }
    return ours.map(({ name }) => `deleted vault ${name}; Key Vault deletes it after 7 days`);
  });
}

/** Works until nothing is left twice in a row: lists may be late. @returns what is left when patience ends */
async function untilEmpty(lab: Lab, round: () => Promise<string[]>): Promise<string[]> {
  const end = performance.now() + lab.settings.patienceSeconds * 1000;
  for (let empty = 0; ; ) {
    const left = await round();
    lab.progress(`${left.length} left`);
    empty = left.length === 0 ? empty + 1 : 0;
    if (empty === 2) return [];
    if (performance.now() >= end) return left;
    await lab.pause();
  }
}

/** @throws Error when the list is refused */
function rows(answer: Answer): Row[] {
  if (answer.status !== 200) text(answer, "value");
  return Array.isArray(answer.body.value) ? answer.body.value : [];
}
