import * as pulumi from "@pulumi/pulumi";
import { expiredBeforeUse } from "../components/clientCertificate";
import { checkFixed, type FixedSettings } from "../components/fixedSettings";
import { Landscape, type ServiceSettings } from "../components/landscape";
import type { OtherLandscape, OtherService } from "../components/otherLandscape";
import { callName, defaultNames } from "../components/resourceNames";
import { type DeployedRoles, rolesAfter } from "../components/roleRetirement";
import type { IssuedSecret } from "../components/rotation";
import { fullStackName, outputsOfStack } from "../components/stackOutputs";
import { isoDay, startOf } from "../packages/validation/days";
import { limits } from "../packages/validation/limits";
import { ArgumentError, UserError } from "../packages/validation/userError";
import { cloudOf, publicCloud } from "../packages/well-known/clouds";
import { landscapes } from "./landscapes";
import { readLandscape, readServices, readSettings, settingsOf } from "./settings";
import type { Settings } from "./settingsSchema";

/** The program of a stack, and its outputs, which contain no secret. */
export = async () => {
  const stack = pulumi.getStack();
  const settings = readSettings(
    pulumi.runtime.allConfig(),
    pulumi.getProject(),
    stack,
    pulumi.runtime.getRootDirectory(),
  );
  const definition = readLandscape(settings, landscapes);
  // Read first: the outputs of the last deployment determine which roles and secrets this one may remove.
  const last = (await outputsOfStack<LastDeployment>(fullStackName(stack))) ?? {};
  const appRoles = rolesAfter(last.appRoles, definition);
  const services = readServices(settings, Object.keys(definition.services), settingsOf(stack));
  const fixed = fixedIn(settings, stack, services);
  checkFixed(last.fixed, fixed);
  const now = settings.date ? startOf(settings.date) : new Date();
  checkCertificates(services, now, last);

  const cloud = cloudOf(settings);
  const landscape = new Landscape(settings.landscape, {
    definition,
    environment: stack,
    location: settings.location,
    rotation: settings.rotation,
    now,
    tags: settings.tags,
    vault: settings.vault,
    alarms: settings.alarms,
    names: settings.names,
    services,
    production: settings.production,
    protect: settings.protect,
    listedPermissions: settings.listedPermissions,
    separateConsent: settings.separateConsent,
    owner: settings.owner,
    issued: last.issued,
    cloud: settings.cloud,
    authority: settings.authority,
    others: await otherLandscapes(settings),
    establishedCalls: establishedIn(last),
  });
  return {
    /** The Entra tenant: a GUID. */
    tenantId: landscape.tenantId,
    /** The authority that issues the tenant's tokens, if it is not Entra's public cloud. */
    ...(settings.authority === undefined ? {} : { authority: settings.authority }),
    /** The cloud of the tenant and the subscription, if it is not the public one. */
    ...(cloud === publicCloud ? {} : { cloud: cloud.name }),
    /** The name of the landscape, by which other landscapes refer to its services, for example `shop/orders`. */
    landscape: settings.landscape,
    /** What each service needs to call others and to be called, by name. */
    directory: landscape.directory,
    /** Calls that are not granted yet, because another stack has never been deployed. */
    pendingCalls: landscape.pendingCalls,
    /** Calls that another stack no longer allows, and whose grants are therefore removed. */
    withdrawnCalls: landscape.withdrawnCalls,
    /** The roles and client secrets, without values, for the next deployment. */
    appRoles,
    issued: landscape.issued,
    /** The settings that the next deployment cannot change. */
    fixed,
  };
};

interface LastDeployment {
  readonly appRoles?: DeployedRoles;
  readonly issued?: Record<string, IssuedSecret[]>;
  readonly fixed?: FixedSettings;
  readonly directory?: Record<
    string,
    {
      readonly callsOutside?: Readonly<Record<string, unknown>>;
      readonly credential?: { readonly thumbprint?: string };
    }
  >;
  readonly withdrawnCalls?: readonly string[];
}

/**
 * Entra refuses an expired certificate in the middle of a deployment. Without the outputs of the last deployment, which a review
 * does not have, a new certificate cannot be distinguished from a deployed one.
 */
function checkCertificates(
  services: Readonly<Record<string, ServiceSettings>>,
  now: Date,
  { directory }: LastDeployment,
): void {
  if (!directory) return;
  const deployed = Object.values(directory).flatMap(({ credential }) => credential?.thumbprint ?? []);
  for (const [name, { credential }] of Object.entries(services)) {
    const expired = credential?.kind === "certificate" && expiredBeforeUse(credential.certificate, now, deployed);
    if (expired)
      throw new UserError(
        `services.${name}.certificateFile contains a certificate that expired on ${isoDay(expired)}; allowed: one that is valid`,
      );
  }
}

const establishedIn = ({ directory = {}, withdrawnCalls = [] }: LastDeployment): string[] => [
  ...Object.entries(directory).flatMap(([caller, { callsOutside = {} }]) =>
    Object.keys(callsOutside).map((api) => callName(caller, api)),
  ),
  ...withdrawnCalls,
];

function fixedIn(
  { location, landscape, names, vault = {} }: Settings,
  environment: string,
  services: Readonly<Record<string, ServiceSettings>>,
): FixedSettings {
  const { retentionDays = limits.retentionDays.most, purgeProtection = true, authorization = "accessPolicies" } = vault;
  // Entra renames registrations.
  const { registration: _, ...keptNames } = { ...defaultNames, ...names };
  const hasVaults = Object.values(services).some(({ credential }) => credential?.kind !== "federated");
  return {
    location,
    landscape,
    environment,
    names: keptNames,
    ...(hasVaults ? { vaults: { retentionDays, purgeProtection, authorization } } : {}),
  };
}

async function otherLandscapes({ stackReferences = {} }: Settings): Promise<Record<string, OtherLandscape>> {
  const others = Object.entries(stackReferences).map(async ([landscape, reference]) => {
    const stack = fullStackName(reference);
    const outputs = await outputsOfStack<{ landscape?: string; directory?: Record<string, OtherService> }>(stack);
    if (outputs?.landscape !== undefined && outputs.landscape !== landscape)
      throw new ArgumentError(
        `stackReferences.${landscape}`,
        reference,
        `a stack of the landscape ${landscape}; this one deploys the landscape ${outputs.landscape}`,
      );
    return [landscape, { stack, directory: outputs?.directory }] as const;
  });
  return Object.fromEntries(await Promise.all(others));
}
