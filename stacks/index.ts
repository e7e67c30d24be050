import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../components/landscape";
import type { OtherLandscape, OtherService } from "../components/otherLandscape";
import { type DeployedRoles, rolesAfter } from "../components/roleRetirement";
import type { IssuedSecret } from "../components/rotation";
import { startOf } from "../packages/validation/days";
import { landscapes } from "./landscapes";
import { readLandscape, readServices, readSettings } from "./settings";
import type { Settings } from "./settingsSchema";

/** The program of a stack, and its outputs, which contain no secret. */
export = async () => {
  const stack = pulumi.getStack();
  const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), stack);
  const definition = readLandscape(settings, landscapes);
  // Read first: the outputs of the last deployment determine which roles and secrets this one may remove.
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
    /** The name of the landscape, by which other landscapes refer to its services, for example `shop/orders`. */
    landscape: settings.landscape,
    /** What each service needs to call others and to be called, by name. */
    directory: landscape.directory,
    /** Calls that are not granted yet, because another stack has never been deployed. */
    pendingCalls: landscape.pendingCalls,
    /** The roles and client secrets, without values, for the next deployment. */
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

/** The full name of a stack. A name without slashes is a stack of this project. */
const stackNamed = (name: string): string =>
  name.includes("/") ? name : `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`;

/**
 * The outputs of a stack's last deployment, or `undefined` if the stack does not exist. It calls the function that
 * `StackReference` uses: that resource would report every deployment of the other stack as drift of this one, and would fail
 * if the stack does not exist yet.
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
