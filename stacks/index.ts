import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../components/landscape";
import { readLandscape, readSettings } from "./settings";
import { shop } from "./shop";

const stack = pulumi.getStack();
const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), stack);

const landscape = new Landscape("shop", {
  definition: readLandscape(settings, shop),
  environment: stack,
  location: settings.location,
  rotation: settings.rotation,
  now: settings.date ? new Date(`${settings.date}T00:00:00Z`) : new Date(),
  vault: settings.vault,
});

/** The Entra tenant: a GUID. */
export const tenantId = landscape.tenantId;

/** What each service needs to call the others, and to be called. No secret. */
export const directory = landscape.directory;
