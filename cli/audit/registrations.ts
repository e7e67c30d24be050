import type { Declared, DeclaredService } from "./declared";
import { deleteInGraph, type Extra, extra } from "./extra";
import type { Reading } from "./reading";
import { shell } from "./shell";

type Json = Readonly<Record<string, unknown>>;

/** Applications are found by their client ids, at most 15 in a filter. https://learn.microsoft.com/graph/filter-query-parameter */
const mostInFilter = 15;

/** Graph expands at most 20 objects. https://learn.microsoft.com/graph/query-parameters#expand */
const mostExpanded = 20;

/** Credentials, federated credentials and owners of the registrations and their service principals. */
export async function registrationExtras(declared: Declared, reading: Reading): Promise<Extra[]> {
  const { services } = declared;
  const [applications, principals, trusts] = await Promise.all([
    objectsOf(services, reading, "applications", "the registrations"),
    objectsOf(services, reading, "servicePrincipals", "the service principals", ["appRoleAssignmentRequired"]),
    reading.lists(
      "the federated credentials of the registrations",
      services.map(({ applicationId }) => `applications/${applicationId}/federatedIdentityCredentials`),
    ),
  ]);
  const graph = reading.tenant.graphAddress;
  return [
    ...[...applications, ...principals].flatMap(({ service, of, object, owners }) => [
      ...credentialExtras(declared, service, of, object),
      ...openExtras(declared, service, object),
      ...owners.flatMap((owner) => ownerExtras(declared, service, of, `${object.id}`, owner, graph)),
    ]),
    ...services.flatMap((service, index) =>
      (trusts[index] ?? []).flatMap((each) => trustExtras(declared, service, each)),
    ),
  ];
}

/** Objects by their client ids, with their credentials and owners. @param more properties */
export function registrationsPath(of: Holder, clientIds: readonly string[], more: readonly string[] = []): string {
  const filter = `appId in (${clientIds.map((id) => `'${id}'`).join(",")})`;
  const select = ["id", "appId", "passwordCredentials", "keyCredentials", ...more].join();
  return `${of}?$filter=${encodeURIComponent(filter)}&$select=${select}&$expand=owners`;
}

type Holder = "applications" | "servicePrincipals";

interface Held {
  readonly service: DeclaredService;
  readonly of: Holder;
  readonly object: Json;
  readonly owners: readonly Json[];
}

/** Objects with their owners. An object that the tenant does not have is recorded as unseen: the state may be out of date. */
async function objectsOf(
  services: readonly DeclaredService[],
  reading: Reading,
  of: Holder,
  what: string,
  more: readonly string[] = [],
): Promise<Held[]> {
  const groups = Array.from({ length: Math.ceil(services.length / mostInFilter) }, (_, at) =>
    services.slice(at * mostInFilter, (at + 1) * mostInFilter),
  );
  const lists = await reading.lists(
    what,
    groups.map((group) =>
      registrationsPath(
        of,
        group.map(({ clientId }) => clientId),
        more,
      ),
    ),
  );
  const byClient = new Map(lists.flatMap((rows) => rows ?? []).map((row) => [`${row.appId}`.toLowerCase(), row]));
  const found = services.flatMap((service) => {
    const object = byClient.get(service.clientId);
    return object ? [{ service, of, object, owners: (object.owners as Json[] | undefined) ?? [] }] : [];
  });
  const missing = services.filter(({ clientId }) => !byClient.has(clientId));
  if (missing.length > 0 && lists.every(Boolean))
    reading.miss(what, `not in the tenant: ${missing.map(({ name }) => name).join(", ")}`, missing.length);
  const cut = found.filter(({ owners }) => owners.length >= mostExpanded);
  const whole = await reading.lists(
    `the owners of ${what}`,
    cut.map(({ object }) => `${of}/${object.id}/owners`),
  );
  const wholeOf = new Map(cut.map(({ object }, index) => [object.id, whole[index] ?? []]));
  return found.map((each) => ({ ...each, owners: wholeOf.get(each.object.id) ?? each.owners }));
}

function credentialExtras(declared: Declared, { name, clientId }: DeclaredService, of: Holder, object: Json): Extra[] {
  const command = of === "applications" ? "az ad app" : "az ad sp";
  const at = of === "applications" ? "" : " of its service principal";
  const all = (kind: "passwordCredentials" | "keyCredentials") => (object[kind] as Json[] | undefined) ?? [];
  const extras = (rule: "undeclared-secret" | "undeclared-certificate", word: string, option: string) =>
    all(rule === "undeclared-secret" ? "passwordCredentials" : "keyCredentials")
      .filter(({ keyId }) => !declared.has("credential", `${keyId}`))
      .map(({ keyId, displayName, startDateTime, endDateTime, hint }) =>
        extra(rule, {
          about: [name, `${keyId}`],
          message: `is a ${word}${at} that nobody declared (${[displayName ?? "without a name", hint && `begins with ${hint}`, `expires ${endDateTime}`].filter(Boolean).join(", ")}): ${
            word === "secret" ? "anyone who knows it" : "anyone who has its private key"
          } can sign in as ${name}`,
          access: {
            credentials: [
              {
                service: name,
                kind: rule === "undeclared-secret" ? "secret" : "certificate",
                name: `${keyId}`,
                knownTo:
                  rule === "undeclared-secret"
                    ? `a holder of the secret ${keyId}`
                    : `a holder of the key of the certificate ${keyId}`,
              },
            ],
          },
          since: startDateTime as string,
          away: [`${command} ${shell`credential delete --id ${clientId} --key-id ${keyId}`}${option}`],
        }),
      );
  return [...extras("undeclared-secret", "secret", ""), ...extras("undeclared-certificate", "certificate", " --cert")];
}

/** A registration has no such property: only its service principal requires assignments. */
function openExtras(declared: Declared, { name, principalId }: DeclaredService, object: Json): Extra[] {
  if (object.appRoleAssignmentRequired !== false || declared.isOpen(principalId)) return [];
  return [
    extra("undeclared-open-api", {
      about: [name],
      message:
        "requires no assignment, which nobody declared: every application of the tenant gets a token for it, without a role",
      away: [shell`az ad sp update --id ${principalId} --set appRoleAssignmentRequired=true`],
    }),
  ];
}

function trustExtras(
  declared: Declared,
  { name, clientId, applicationId }: DeclaredService,
  credential: Json,
): Extra[] {
  const { id, name: called, issuer, subject, claimsMatchingExpression } = credential;
  const { value: expression } = (claimsMatchingExpression ?? {}) as { value?: string };
  const matched = `${subject ?? expression ?? ""}`;
  if (declared.has("trust", applicationId, `${issuer}`, matched)) return [];
  return [
    extra("undeclared-trust", {
      about: [name, `${called}`],
      message: `is a federated credential that nobody declared: anyone who gets a token of ${issuer} for ${matched} can sign in as ${name}`,
      access: {
        credentials: [{ service: name, kind: "federated", name: `${called}`, trusts: `${issuer}: ${matched}` }],
      },
      takeOver: [
        shell`pulumi import azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential ${called} ${applicationId}/federatedIdentityCredential/${id}`,
      ],
      away: [shell`az ad app federated-credential delete --id ${clientId} --federated-credential-id ${id}`],
    }),
  ];
}

function ownerExtras(
  declared: Declared,
  { name, clientId }: DeclaredService,
  of: Holder,
  objectId: string,
  owner: Json,
  graph: string,
): Extra[] {
  if (declared.has("owner", objectId, `${owner.id}`)) return [];
  const what = of === "applications" ? "registration" : "service principal";
  const who = `${owner.displayName ?? owner.userPrincipalName ?? "somebody"}`;
  return [
    extra("undeclared-owner", {
      about: [name, what, `${owner.id}`],
      message: `is ${who}, an undeclared owner of the ${what}: an owner can add a secret, and sign in as ${name} with it`,
      access: {
        rights: [{ kind: "owner", holder: declared.principalName(`${owner.id}`, who), what: "owns", at: name }],
      },
      away: [
        what === "registration"
          ? shell`az ad app owner remove --id ${clientId} --owner-object-id ${owner.id}`
          : deleteInGraph(graph, `servicePrincipals/${objectId}/owners/${owner.id}/$ref`),
      ],
    }),
  ];
}
