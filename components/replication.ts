import { setTimeout as delay } from "node:timers/promises";
import { getApplication } from "@pulumi/azuread/getApplication";
import { getServicePrincipal } from "@pulumi/azuread/getServicePrincipal";
import type * as pulumi from "@pulumi/pulumi";
import { UserError } from "../packages/validation/userError";
import { errorHook, resourceHook } from "./hooks";
import { perProgram } from "./perProgram";
import { Punctuality } from "./punctuality";

/**
 * What makes deployments succeed despite Entra's eventual consistency: for seconds to minutes, a read or write may not find what
 * an earlier write created.
 * https://learn.microsoft.com/graph/best-practices-concept#eventual-consistency
 */

/** Creations: of applications and service principals. */
const creations = perProgram(() => new Punctuality());
/** Milliseconds. Replication usually takes seconds; Microsoft documents no upper limit. */
const patience = { longestWait: 300_000, longestPause: 5_000 };

/** An object in Entra whose dependents are created after Entra shows it. */
export interface Visibility {
  /** Goes into the hooks `afterCreate` of the object's resource. */
  readonly created: pulumi.ResourceHook;
  /**
   * The same output of the object's resource, known only after Entra shows the object, if this deployment creates it. Whatever
   * takes it as an input is registered after that.
   *
   * @throws UserError if Entra has not shown the object for five minutes
   */
  whenVisible<T>(output: pulumi.Output<T>): pulumi.Output<T>;
}

export const visibilityOfApplication = (name: string, component: pulumi.Resource): Visibility =>
  visibilityOf(`${name}-application`, (objectId) => getApplication({ objectId }, { parent: component }));

export const visibilityOfServicePrincipal = (name: string, component: pulumi.Resource): Visibility =>
  visibilityOf(`${name}-service-principal`, (objectId) => getServicePrincipal({ objectId }, { parent: component }));

/**
 * The program waits, not a hook: while a hook `afterCreate` runs, the engine holds the lock of the resource's state and one of its
 * workers. It could not write its own state, and a hook that read something could wait for the engine, which waits for the hook.
 */
function visibilityOf(name: string, read: (objectId: string) => Promise<unknown>): Visibility {
  let objectId: string | undefined;
  let visible: Promise<void> | undefined;
  const shown = async () => {
    // The resource's outputs are known only after its hook has run.
    if (objectId === undefined) return;
    visible ??= untilVisible(name, objectId, read);
    await visible;
  };
  return {
    created: resourceHook(`${name}-created`, ({ newOutputs = {} }) => {
      objectId = `${newOutputs.objectId}`;
    }),
    whenVisible: (output) =>
      output.apply(async (value) => {
        await shown();
        return value;
      }),
  };
}

async function untilVisible(
  name: string,
  objectId: string,
  read: (objectId: string) => Promise<unknown>,
): Promise<void> {
  const look = async () => {
    try {
      await read(objectId);
      return true;
    } catch (error) {
      // Waiting does not help against any other failure: the provider has already retried transient ones.
      if (!notFound.test((error as Error).message)) throw error;
      return false;
    }
  };
  if (await creations().untilVisible(look, patience)) return;
  throw new UserError(
    `${name} was created, but Entra has not shown it for ${patience.longestWait / 1000} s: deploy again`,
  );
}

/**
 * An error hook that retries a write if it failed because an object that it refers to has not replicated yet.
 *
 * It does not retry a creation whose own result could not be read: the object exists, and a second attempt would be refused
 * or would create a duplicate.
 */
export const retriesUnreplicated = (name: string): pulumi.ErrorHook => retries(`${name}-replication`, unreplicated);

/** The same for a resource with `useExisting`: if Entra does not show the existing object yet, a later attempt adopts it. */
export const retriesUntilAdopted = (name: string): pulumi.ErrorHook =>
  retries(`${name}-adoption`, [
    ...unreplicated,
    /unexpected status 404/,
    // The list did not contain the existing object.
    /unexpected status 409/,
    ownResultUnread,
  ]);

const retries = (name: string, transient: readonly RegExp[]): pulumi.ErrorHook =>
  errorHook(name, async ({ errors }) => {
    const [newest = ""] = errors;
    const pause = pauses[errors.length - 1];
    const isLate = transient.some((pattern) => pattern.test(newest));
    if (isLate || ownResultUnread.test(newest)) creations().wasLate();
    if (pause === undefined || !isLate) return false;
    await delay(pause * 1000);
    return true;
  });

/** Seconds before each further attempt, five minutes in total. */
const pauses = [1, 2, 4, 8, 15, 30, 60, 60, 60, 60];

/** Errors of Graph and of the azuread provider about objects that have not replicated yet. */
const unreplicated: readonly RegExp[] = [
  /Service principal not found for resource/,
  /Permission being assigned was not found on application/,
  /does not reference a valid application object/,
  /backing application of the service principal being created must in the local tenant/,
  /retrieving Application[^:]*: unexpected status 404/,
  /creating [^:]*: unexpected status 404/,
];

/** The error of Pulumi's bridge if a provider cannot read the object that it has just created. */
export const ownResultUnread = /expected non-nil error with nil state/;

/** The azuread provider's errors for an object that a read does not find. */
export const notFound = /was not found|unexpected status 404/;
