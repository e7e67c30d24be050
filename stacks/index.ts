import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../components/landscape";
import type { OtherLandscape, OtherService } from "../components/otherLandscape";
import { type DeployedRoles, rolesAfter } from "../components/roleRetirement";
import type { IssuedSecret } from "../components/rotation";
import { startOf } from "../packages/validation/days";
import { landscapes } from "./landscapes";
import { readLandscape, readServices, readSettings } from "./settings";
import type { Settings } from "./settingsSchema";

/** What the stack gives out. It holds no secret. */
export = async () => {
  const stack = pulumi.getStack();
  const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), stack);
  const definition = readLandscape(settings, landscapes);
  // Before anything is changed: what the last deployment left decides what this one may take away.
  const last = (await outputsOf<LastDeployment>(stackNamed(stack))) ?? {};
  const appRoles = rolesAfter(last.appRoles, definition);

  const landscape = new Landscape(settings.landscape, {
    definition,
    environment: stack,
    location: settings.location,
    rotation: settings.rotation,
    now: settings.date ? startOf(settings.date) : new Date(),
    vault: settings.vault,
    services: readServices(settings, Object.keys(definition.services)),
    protect: settings.protect,
    separateConsent: settings.separateConsent,
    owner: settings.owner,
    issued: last.issued,
    authority: settings.authority,
    others: await otherLandscapes(settings),
  });
  return {
    /** The Entra tenant: a GUID. */
    tenantId: landscape.tenantId,
    /** The name of the landscape: what other landscapes call its services by, as in `shop/orders`. */
    landscape: settings.landscape,
    /** What each service needs to call the others, and to be called. */
    directory: landscape.directory,
    /** Calls that wait for the first deployment of another stack. */
    pendingCalls: landscape.pendingCalls,
    /** What the next deployment needs to know of the roles, and of the client secrets. */
    appRoles,
    issued: landscape.issued,
  };
};

interface LastDeployment {
  readonly appRoles?: DeployedRoles;
  readonly issued?: Record<string, IssuedSecret[]>;
}

async function otherLandscapes({ stackReferences = {} }: Settings): Promise<Record<string, OtherLandscape>> {
  const others = Object.entries(stackReferences).map(async ([landscape, reference]) => {
    const stack = stackNamed(reference);
    const outputs = await outputsOf<{ directory?: Record<string, OtherService> }>(stack);
    return [landscape, { stack, directory: outputs?.directory }] as const;
  });
  return Object.fromEntries(await Promise.all(others));
}

/** A stack of this project by its name alone, or any by its full name. */
const stackNamed = (name: string): string =>
  name.includes("/") ? name : `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`;

/**
 * The outputs of a stack's last deployment: what a `StackReference` reads, by the function behind it. As a resource it would
 * show every deployment of the other stack as drift of this one, and would fail where there is no such stack yet.
 */
async function outputsOf<T>(name: string): Promise<T | undefined> {
  try {
    const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
    return outputs as T;
  } catch (error) {
    if (/unknown stack/.test((error as Error).message)) return undefined;
    throw error;
  }
}
