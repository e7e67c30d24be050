import type { AccessModel, ServiceCredential } from "../accessModel";
import { settingKeys } from "../change";
import type { ChangedResource } from "../resourceChange";
import type { Breach, Rule } from "../rule";
import { keyOf, ofName, ofSetting } from "../subject";
import { decidesAboutProvider } from "./otherProvider";

export const handedOver: Rule = {
  id: "handed-over",
  compares: true,
  severity: "high",
  rationale:
    "The owner of a service, the issuer of its tokens and the identities that it trusts determine who can act as the service.",
  remedy: "Revert the change, or let the service's owner approve it.",
  check: ({ model, before }) =>
    before
      ? [
          ...settings(before.model, model),
          ...trusts(before.model, model),
          ...owners(before.model, model),
          ...values(before.changed ?? []),
        ]
      : [],
};

const otherAddresses = {
  message: "sends the people who sign in, with their tokens, to different addresses than before",
  severity: "medium",
} as const;
const otherAudience = {
  message: "accepts tokens that are issued for a different audience than before",
  severity: "medium",
} as const;

/** Properties that decide who controls a resource, by the end of its type, with the consequence of a different value. */
const decidingValues: Readonly<Record<string, Readonly<Record<string, Pick<Breach, "message" | "severity">>>>> = {
  Vault: {
    "properties.tenantId": { message: "trusts a different tenant than before, whose people and services can read it" },
    "properties.enableRbacAuthorization": {
      message: "is controlled by roles instead of policies, or by policies instead of roles",
      severity: "medium",
    },
  },
  ServiceVault: { readerRole: { message: "gives its reader a different role than before", severity: "medium" } },
  Application: Object.fromEntries(
    ["web.redirectUris", "publicClient.redirectUris", "singlePageApplication.redirectUris"].map((property) => [
      property,
      otherAddresses,
    ]),
  ),
  ApplicationRedirectUris: { redirectUris: otherAddresses },
  ApplicationFederatedIdentityCredential: { audiences: otherAudience },
  ApplicationFlexibleFederatedIdentityCredential: { audience: otherAudience },
  FederatedIdentityCredential: { audiences: otherAudience },
  ServicePrincipal: { accountEnabled: { message: "is switched on or off", severity: "medium" } },
};

/** A different provider creates the resource as a different identity, or in a different tenant. */
const otherwise = {
  "options.provider": { message: "is deployed by a different provider than before", severity: "medium" },
} as const;

/** A provider with a different identity, tenant or endpoint creates everything as a different identity, or elsewhere. */
const otherSettings = (properties: readonly string[]) =>
  Object.fromEntries(
    properties
      .filter((property) => decidesAboutProvider(property))
      .map((property) => [property, { message: `has a different ${property} than before` }]),
  );

const values = (changed: readonly ChangedResource[]): Breach[] =>
  changed.flatMap(({ type, name, properties }) => {
    const meanings = {
      ...decidingValues[type.split(":").at(-1) ?? ""],
      ...otherwise,
      ...(type.startsWith("pulumi:providers:") ? otherSettings(properties) : {}),
    };
    return Object.entries(meanings).flatMap(([property, meaning]) =>
      properties.includes(property) ? [{ subject: ofName(name), ...meaning }] : [],
    );
  });

/** Settings of providers, which select the tenant and the identity, and settings of the project that hand over control. */
const handing = /:(authority|owner|separateConsent|landscapeFile|landscape|stackReferences|date)$/;

/** Where the state is stored, who can read the secrets in it, which settings apply, and which code runs in addition to the program. */
const keeping =
  /\.yaml: (backend|secretsprovider|encryptedkey|encryptionsalt|stackConfigDir|environment|main|runtime|options)$/;

function settings(before: AccessModel, now: AccessModel): Breach[] {
  const keys = settingKeys(before, now);
  // Most settings have the project's namespace. All settings of providers hand over control.
  return keys
    .filter((key) => before.settings[key] !== now.settings[key])
    .filter((key) => handing.test(key) || keeping.test(key) || isProviders(key))
    .map((key) => ({
      subject: ofSetting(key),
      message: `was ${before.settings[key] ?? "not set"}, and is now ${now.settings[key] ?? "not set"}`,
    }));
}

const isProviders = (key: string): boolean => /(^|\s)(azuread|azure-native|azure|pulumi)(:|$)/.test(key);

function trusts(before: AccessModel, now: AccessModel): Breach[] {
  const old = new Map(before.credentials.map((each) => [keyOf(each.service, each.name), each]));
  const ofServices = now.credentials.flatMap((credential): Breach[] => {
    const { service, name, trusts: trusted, key } = credential;
    const subject = ofName(name);
    const was = old.get(keyOf(service, name));
    if (!was) return before.services.includes(service) ? added(credential, now) : [];
    if (was.trusts !== undefined && was.trusts !== trusted)
      return [{ subject, message: `let ${was.trusts} sign in as ${service}, and lets ${trusted}` }];
    if (was.key === undefined || key === undefined || was.key === key) return [];
    return [{ subject, message: `lets ${service} sign in with a different key (${was.key} before, now ${key})` }];
  });
  const signIns = new Map(
    before.rights
      .filter(({ kind }) => kind === "sign-in")
      .map((each) => [each.resource, `${each.holder} ${each.what}`]),
  );
  const ofIdentities = now.rights
    .filter(({ kind }) => kind === "sign-in")
    .flatMap(({ resource, holder, what, at }): Breach[] => {
      const was = signIns.get(resource);
      if (was === undefined && before.identities.includes(at)) {
        const message = `lets ${holder} sign in as ${at}, which existed before`;
        // The reviewer must decide who controls the place where a workload runs.
        return [{ subject: ofName(resource), message, ...(what === "runs as" ? { severity: "medium" as const } : {}) }];
      }
      return was === undefined || was === `${holder} ${what}`
        ? []
        : [{ subject: ofName(resource), message: `was ${was} ${at}, and is now ${holder} ${what} ${at}` }];
    });
  return [...ofServices, ...ofIdentities];
}

/** New certificates and trusts. Another rule reports secrets if there are too many, because each rotation adds one. */
function added(
  { service, kind, name, trusts: trusted, key }: ServiceCredential,
  { serviceOfIdentity }: AccessModel,
): Breach[] {
  const isOwn = Object.entries(serviceOfIdentity).some(
    ([identity, owner]) => owner === service && trusted?.endsWith(`: ${identity}`),
  );
  if (kind === "secret" || isOwn) return [];
  const by = trusted ?? `every holder of the key of the certificate${key === undefined ? "" : ` ${key}`}`;
  return [
    { subject: ofName(name), message: `lets ${by} sign in as ${service}, which existed before`, severity: "medium" },
  ];
}

function owners(before: AccessModel, now: AccessModel): Breach[] {
  const owned = (model: AccessModel) => model.rights.filter(({ kind }) => kind === "owner");
  const old = new Set(owned(before).map(({ holder, at }) => keyOf(holder, at)));
  // Everything that the setting hands over is reported once, for the setting.
  const bySetting = Object.entries(now.settings).flatMap(([key, value]) => (key.endsWith(":owner") ? [value] : []));
  const found = owned(now)
    .filter(({ holder, at }) => isOf(before, at) && !old.has(keyOf(holder, at)))
    .filter(({ holder }) => !bySetting.includes(holder))
    .map(({ holder, at }) => ({ subject: ofName(at), message: `is newly owned by ${holder}` }));
  return [...new Map(found.map((breach) => [breach.subject.text + breach.message, breach])).values()];
}

/** Whether a service existed before, or a group had any rights or members before. */
const isOf = ({ services, rights }: AccessModel, name: string): boolean =>
  services.includes(name) || rights.some(({ holder, at }) => holder === name || at === name);
