import { randomUUID } from "node:crypto";
import { graphRoleIds, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { aadsts, errorOf, type Identity, type Lab, text } from "./lab";
import type { Answer } from "./wire";

export interface Registration {
  /** The object id of the application. */
  readonly id: string;
  readonly appId: string;
  readonly name: string;
}

export interface Service extends Registration {
  /** The object id of its service principal. */
  readonly principalId: string;
}

/** @param body further properties of the new application */
export async function registration(lab: Lab, what: string, body: object = {}, as?: Identity): Promise<Registration> {
  const name = lab.name(what);
  const created = await lab.graph("POST", "/applications", { displayName: name, ...body }, as);
  return { id: text(created, "id"), appId: text(created, "appId"), name };
}

/** An application with its service principal, after Entra shows both. */
export async function service(
  lab: Lab,
  what: string,
  { application, principal, as }: { application?: object; principal?: object; as?: Identity } = {},
): Promise<Service> {
  const registered = await registration(lab, what, application, as);
  const created = await eventually(lab, "POST", "/servicePrincipals", { appId: registered.appId, ...principal }, as);
  const principalId = text(created, "id");
  await eventually(lab, "GET", `/servicePrincipals/${principalId}`, undefined, as);
  return { ...registered, principalId };
}

/** An API with an app role, for assigned callers only. */
export async function api(lab: Lab, as?: Identity): Promise<Service & { readonly roleId: string }> {
  const role = appRole("Things.Read");
  const application = { appRoles: [role], api: { requestedAccessTokenVersion: 2 } };
  return {
    ...(await service(lab, "api", { application, principal: { appRoleAssignmentRequired: true }, as })),
    roleId: role.id,
  };
}

export const appRole = (value: string) => ({
  id: randomUUID(),
  value,
  displayName: value,
  description: value,
  isEnabled: true,
  allowedMemberTypes: ["Application"],
});

/** A client secret. @returns its value */
export async function secret(lab: Lab, { id }: Registration): Promise<string> {
  const passwordCredential = {
    displayName: "conformance",
    endDateTime: new Date(Date.now() + 86_400_000).toISOString(),
  };
  return text(await eventually(lab, "POST", `/applications/${id}/addPassword`, { passwordCredential }), "secretText");
}

export const assignmentPath = (resourceId: string) => `/servicePrincipals/${resourceId}/appRoleAssignedTo`;

/** Assigns a role of an API to a client, as soon as Entra shows all three. */
export async function grant(lab: Lab, resourceId: string, principalId: string, appRoleId: string): Promise<Answer> {
  return eventually(lab, "POST", assignmentPath(resourceId), { resourceId, principalId, appRoleId });
}

/** A client with a secret that the token endpoint accepts. */
export async function client(lab: Lab): Promise<Service & { readonly secret: string }> {
  const created = await service(lab, "client", { application: { api: { requestedAccessTokenVersion: 2 } } });
  return { ...created, secret: await acceptedSecret(lab, created) };
}

const registrars = new WeakMap<Lab, Promise<Identity>>();

/** An identity with `Application.ReadWrite.OwnedBy` and nothing else. Every call returns the same one. */
export function registrar(lab: Lab): Promise<Identity> {
  const known = registrars.get(lab) ?? newRegistrar(lab);
  registrars.set(lab, known);
  return known;
}

/** Such an identity that has not created anything yet. */
export async function newRegistrar(lab: Lab): Promise<Identity> {
  const created = await service(lab, "registrar");
  const graphPrincipal = text(await lab.graph("GET", `/servicePrincipals(appId='${microsoftGraph}')?$select=id`), "id");
  const ownedBy = graphRoleIds()["Application.ReadWrite.OwnedBy"] ?? "";
  await grant(lab, graphPrincipal, created.principalId, ownedBy);
  return signedIn(lab, created, await acceptedSecret(lab, created));
}

/** An identity with one permission of Microsoft Graph. */
export async function reader(lab: Lab, permission: string): Promise<Identity> {
  const created = await service(lab, "reader");
  const graphPrincipal = text(await lab.graph("GET", `/servicePrincipals(appId='${microsoftGraph}')?$select=id`), "id");
  await grant(lab, graphPrincipal, created.principalId, graphRoleIds()[permission] ?? "");
  const value = await acceptedSecret(lab, created);
  const asked = lab.tokenRequest({
    ...{ client_id: created.appId, client_secret: value, scope: `${lab.graphAudience}/.default` },
  });
  const { answer } = await lab.until(asked, ({ body }) => rolesIn(body.access_token).includes(permission), 3);
  const token = text(answer, "access_token");
  return { objectId: created.principalId, clientId: created.appId, bearer: async () => token };
}

/** Signs in to Graph as soon as the token has a role. */
export async function signedIn(lab: Lab, { appId, principalId }: Service, value: string): Promise<Identity> {
  const asked = lab.tokenRequest({ client_id: appId, client_secret: value, scope: `${lab.graphAudience}/.default` });
  const { answer } = await lab.until(asked, ({ body }) => rolesIn(body.access_token).length > 0, 3);
  const token = text(answer, "access_token");
  const identity = { objectId: principalId, clientId: appId, bearer: async () => token };
  lab.identities.push(identity);
  // Graph may show the grant later than the token endpoint.
  await lab.until(
    await lab.graphRequest("GET", "/applications?$top=1&$select=id", undefined, identity),
    ({ status }) => status < 300,
  );
  return identity;
}

/** The roles of an access token, none when there is no token. */
export function rolesIn(token: unknown): readonly string[] {
  const { roles } = claimsIn(token);
  return Array.isArray(roles) ? roles.map(String) : [];
}

export function claimsIn(token: unknown): Readonly<Record<string, unknown>> {
  if (typeof token !== "string") return {};
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Readonly<
    Record<string, unknown>
  >;
}

async function acceptedSecret(lab: Lab, registered: Registration): Promise<string> {
  const value = await secret(lab, registered);
  const scope = `${lab.graphAudience}/.default`;
  const asked = lab.tokenRequest({ client_id: registered.appId, client_secret: value, scope });
  const { answer, milliseconds } = await lab.until(asked, (each) => aadsts(each) === undefined, 3);
  if (milliseconds === undefined) throw new Error(`a new secret is still refused: ${errorOf(answer)}`);
  return value;
}

/** Repeats a request until Entra shows the objects that it refers to. */
async function eventually(lab: Lab, method: string, path: string, json?: object, as?: Identity): Promise<Answer> {
  const { answer } = await lab.until(await lab.graphRequest(method, path, json, as), ({ status, body }) => {
    const { code, message } = (body.error ?? {}) as { code?: string; message?: string };
    const isLate =
      status === 404 ||
      code === "NoBackingApplicationObject" ||
      /was not found on application|valid reference update/.test(message ?? "");
    return !isLate;
  });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${errorOf(answer)}`);
  return answer;
}
