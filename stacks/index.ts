import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../components/landscape";
import { type DeployedRoles, rolesAfter } from "../components/roleRetirement";
import { readLandscape, readSettings } from "./settings";
import { shop } from "./shop";

/** What the stack gives out. It holds no secret. */
export = async () => {
  const stack = pulumi.getStack();
  const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), stack);
  const definition = readLandscape(settings, shop);
  // Before anything is changed: what the last deployment left decides what this one may take away.
  const appRoles = rolesAfter(await lastDeployedRoles(), definition);

  const landscape = new Landscape("shop", {
    definition,
    environment: stack,
    location: settings.location,
    rotation: settings.rotation,
    now: settings.date ? new Date(`${settings.date}T00:00:00Z`) : new Date(),
    vault: settings.vault,
  });
  return {
    /** The Entra tenant: a GUID. */
    tenantId: landscape.tenantId,
    /** What each service needs to call the others, and to be called. */
    directory: landscape.directory,
    /** What the next deployment needs to know of the roles. */
    appRoles,
  };
};

/** The outputs of this stack's last deployment. A `StackReference` would say the same, and then show up as drift. */
async function lastDeployedRoles(): Promise<DeployedRoles | undefined> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
  return outputs.appRoles;
}
