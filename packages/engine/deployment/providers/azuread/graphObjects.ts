import { type AzureClient, isNotFound, type RetryRule } from "../../azureClient";
import type { Properties } from "../resourceType";

export interface GraphRole {
  readonly id: string;
  readonly value: string | null;
  readonly displayName: string;
  readonly description: string;
  readonly isEnabled: boolean;
  readonly allowedMemberTypes: readonly string[];
}

export interface GraphApplication extends Properties {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly appRoles: readonly GraphRole[];
  readonly identifierUris: readonly string[];
  readonly requiredResourceAccess: readonly ApiAccess[];
  readonly keyCredentials: readonly { keyId: string; displayName: string | null }[];
  readonly passwordCredentials: readonly { keyId: string; displayName: string | null }[];
}

export interface ApiAccess {
  readonly resourceAppId: string;
  readonly resourceAccess: readonly { readonly id: string; readonly type: string }[];
}

/** @param id a resource id of the azuread provider, for example `/applications/{object id}` */
export const readApplication = async (azure: AzureClient, id: unknown): Promise<GraphApplication> =>
  (await azure.graph("GET", `/v1.0${id}`)) as GraphApplication;

/** An application; `undefined` if it does not exist or this read does not show it yet. */
export const findApplication = async (azure: AzureClient, id: unknown): Promise<GraphApplication | undefined> =>
  (await findObject(azure, id)) as GraphApplication | undefined;

/** An object of the directory; `undefined` if it does not exist or this read does not show it yet. */
export async function findObject(azure: AzureClient, id: unknown): Promise<Properties | undefined> {
  try {
    return await azure.graph("GET", `/v1.0${id}`);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Reads the application, and writes the result of `change`, without another writer in between.
 *
 * @param change returns undefined if there is nothing to write
 */
export const changeApplication = (
  azure: AzureClient,
  id: unknown,
  change: (application: GraphApplication) => Properties | undefined,
): Promise<void> =>
  azure.exclusively(`${id}`, async () => {
    const changed = change(await readApplication(azure, id));
    if (changed) await azure.graph("PATCH", `/v1.0${id}`, changed);
  });

/** Deletes an object. As the provider does, it fails if there is none: a refresh makes the state forget it. */
export const deleted = async (azure: AzureClient, id: unknown): Promise<void> =>
  void (await azure.graph("DELETE", `/v1.0${id}`));

/** The first page is enough: objects of one name, and the roles of one API for one caller, are few. */
export async function listed(azure: AzureClient, path: string, filter?: string): Promise<Properties[]> {
  const query = filter === undefined ? "" : `?$filter=${encodeURIComponent(filter)}`;
  return (await azure.graph("GET", `/v1.0/${path}${query}`)).value as Properties[];
}

export const quoted = (value: unknown): string => `'${String(value).replaceAll("'", "''")}'`;

/** The object id in a resource id of the azuread provider: the last part. */
export const objectIdIn = (id: unknown): string => `${id}`.split("/").at(-1) ?? "";

/** How the azuread provider retries a PATCH of a new application, until it has replicated. */
export const untilReplicated: RetryRule = ({ status, reason }) =>
  status === 404 ||
  status === 409 ||
  (status === 400 && /cannot be deleted or updated unless disabled first/.test(reason));
