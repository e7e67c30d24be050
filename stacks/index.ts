import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../components/landscape";
import { type DeployedRoles, rolesAfter } from "../components/roleRetirement";
import type { IssuedSecret } from "../components/rotation";
import { readLandscape, readServices, readSettings } from "./settings";
import { shop } from "./shop";

/** What the stack gives out. It holds no secret. */
export = async () => {
  const stack = pulumi.getStack();
  const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), stack);
  const definition = readLandscape(settings, shop);
  // Before anything is changed: what the last deployment left decides what this one may take away.
  const last = await lastDeployment();
  const appRoles = rolesAfter(last.appRoles, definition);

  const landscape = new Landscape("shop", {
    definition,
    environment: stack,
    location: settings.location,
    rotation: settings.rotation,
    now: settings.date ? new Date(`${settings.date}T00:00:00Z`) : new Date(),
    vault: settings.vault,
    services: readServices(settings, Object.keys(definition.services)),
    protect: settings.protect,
    issued: last.issued,
    authority: settings.authority,
  });
  return {
    /** The Entra tenant: a GUID. */
    tenantId: landscape.tenantId,
    /** What each service needs to call the others, and to be called. */
    directory: landscape.directory,
    /** What the next deployment needs to know of the roles, and of the client secrets. */
    appRoles,
    issued: landscape.issued,
  };
};

/** The outputs of this stack's last deployment. A `StackReference` would say the same, and then show up as drift. */
async function lastDeployment(): Promise<{ appRoles?: DeployedRoles; issued?: Record<string, IssuedSecret[]> }> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
  return outputs;
}
