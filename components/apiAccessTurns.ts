import { getApplication } from "@pulumi/azuread/getApplication";
import type * as pulumi from "@pulumi/pulumi";
import { errorHook, resourceHook } from "./hooks";
import { perProgram } from "./perProgram";
import { Punctuality } from "./punctuality";
import { notFound, ownResultUnread } from "./replication";

/**
 * Writes the API accesses of one application one after the other, each after Entra shows the previous one. The provider reads
 * the application's list, adds an entry and writes the list back. If it read a list without the previous entry, writing it
 * back would remove that entry.
 */
export function apiAccessTurns(name: string, component: pulumi.Resource): pulumi.ResourceHookBinding {
  const { applications, ends, changes } = turnsOfProgram();
  // Hook objects with explicit names: for a plain function, the SDK would generate a different name for each binding.
  const begin = resourceHook(`${name}-turn-begins`, async ({ newInputs = {} }) => {
    const { applicationId, apiClientId } = newInputs as { applicationId: string; apiClientId: string };
    const application = applications.get(applicationId) ?? { turn: Promise.resolve(), written: [] };
    applications.set(applicationId, application);
    const before = application.turn;
    application.turn = new Promise((resolve) => {
      ends.set(`${applicationId} ${apiClientId}`, resolve);
    });
    await before;
    await untilShown(applicationId, application.written, component, changes);
  });
  const end = (inputs: Record<string, unknown> = {}, wasWritten: boolean) => {
    const { applicationId, apiClientId } = inputs as { applicationId: string; apiClientId: string };
    if (wasWritten) applications.get(applicationId)?.written.push(apiClientId);
    ends.get(`${applicationId} ${apiClientId}`)?.();
  };
  const ended = resourceHook(`${name}-turn-ends`, ({ newInputs }) => end(newInputs, true));
  return {
    beforeCreate: [begin],
    afterCreate: [ended],
    beforeUpdate: [begin],
    afterUpdate: [ended],
    onError: [
      errorHook(`${name}-turn-fails`, ({ newInputs, errors }) => {
        // The write succeeded; only reading its result failed, because Entra does not show it yet.
        const isUnread = ownResultUnread.test(errors[0] ?? "");
        if (isUnread) changes.wasLate();
        end(newInputs, isUnread);
        return false;
      }),
    ],
  };
}

interface Turns {
  /** Resolved when the last write has finished. */
  turn: Promise<void>;
  /** The client ids of the APIs whose access was written in this deployment. */
  readonly written: string[];
}

const turnsOfProgram = perProgram(() => ({
  /** By the resource id of the application. */
  applications: new Map<string, Turns>(),
  /** The functions that end a turn, by application and API. */
  ends: new Map<string, () => void>(),
  changes: new Punctuality(),
}));

/** In milliseconds. After the longest wait the write is made anyway: a refresh detects a lost entry. */
const patience = { longestWait: 60_000, longestPause: 500 };

/** Waits until Entra shows all of these API accesses. If Entra cannot be queried, the write that follows reports why. */
async function untilShown(
  applicationId: string,
  apis: readonly string[],
  component: pulumi.Resource,
  changes: Punctuality,
): Promise<void> {
  if (apis.length === 0) return;
  const objectId = applicationId.split("/").at(-1) ?? "";
  const look = () =>
    getApplication({ objectId }, { parent: component }).then(
      ({ requiredResourceAccesses }) => {
        const shown = requiredResourceAccesses.map(({ resourceAppId }) => resourceAppId);
        return apis.every((api) => shown.includes(api));
      },
      (error: Error) => !notFound.test(error.message),
    );
  await changes.untilVisible(look, patience);
}
