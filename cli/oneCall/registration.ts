import type { Session } from "./session";

/** A registration, as Entra returns it. */
export interface Registered {
  readonly objectId: string;
  readonly clientId: string;
  readonly servicePrincipalId: string;
}

/** The app role that the call requires. The client chooses its id. */
export const inventoryWrite = {
  id: "b6a3c2b4-6f0e-4d39-9d5b-0b6f6a0f7c11",
  value: "Inventory.Write",
  displayName: "Inventory.Write",
  description: "Reserve, release and correct stock.",
  isEnabled: true,
  allowedMemberTypes: ["Application"],
};

/** The API and its caller, before anything is granted. */
export async function register(session: Session): Promise<{ readonly api: Registered; readonly caller: Registered }> {
  const { recorder } = session;
  recorder.write(
    "## 1. Registration",
    "",
    "The API `inventory` is registered, with an app role that other applications can hold. Applications without a role get no token.",
  );
  recorder.showAs(inventoryWrite.id, "{id of Inventory.Write}");
  const api = await registerApi(session);
  recorder.write(
    "The caller `fulfillment` is registered. Its registration requests the role. The administrator consents later, by creating an app role assignment (step 4).",
  );
  return { api, caller: await registerCaller(session, api) };
}

async function registerApi(session: Session): Promise<Registered> {
  const application = await createApplication(session, "inventory", {
    api: { requestedAccessTokenVersion: 2 },
    appRoles: [inventoryWrite],
  });
  await session.recorder.record({
    method: "PATCH",
    url: `${session.graph}/applications/${application.objectId}`,
    headers: session.toGraph,
    json: { identifierUris: [`api://${application.clientId}`] },
  });
  const closed = { appRoleAssignmentRequired: true };
  const servicePrincipalId = await createServicePrincipal(session, "inventory", application.clientId, closed);
  return { ...application, servicePrincipalId };
}

async function registerCaller(session: Session, api: Registered): Promise<Registered> {
  const resourceAccess = [{ id: inventoryWrite.id, type: "Role" }];
  const application = await createApplication(session, "fulfillment", {
    requiredResourceAccess: [{ resourceAppId: api.clientId, resourceAccess }],
  });
  const servicePrincipalId = await createServicePrincipal(session, "fulfillment", application.clientId);
  return { ...application, servicePrincipalId };
}

async function createApplication(
  { recorder, graph, toGraph }: Session,
  service: string,
  properties: object,
): Promise<Omit<Registered, "servicePrincipalId">> {
  const { json } = await recorder.record(
    {
      method: "POST",
      url: `${graph}/applications`,
      headers: toGraph,
      json: { displayName: `${service}-dev`, signInAudience: "AzureADMyOrg", ...properties },
    },
    ["id", "appId", "displayName"],
  );
  recorder.showAs(json.id, `{object id of ${service}}`);
  recorder.showAs(json.appId, `{client id of ${service}}`);
  return { objectId: String(json.id), clientId: String(json.appId) };
}

async function createServicePrincipal(
  { recorder, graph, toGraph }: Session,
  service: string,
  appId: string,
  properties: object = {},
): Promise<string> {
  const { json } = await recorder.record(
    { method: "POST", url: `${graph}/servicePrincipals`, headers: toGraph, json: { appId, ...properties } },
    ["id"],
  );
  recorder.showAs(json.id, `{service principal of ${service}}`);
  return String(json.id);
}
