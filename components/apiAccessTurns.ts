import { setTimeout as delay } from "node:timers/promises";
import { getApplication } from "@pulumi/azuread/getApplication";
import * as pulumi from "@pulumi/pulumi";
import { anyProgram, notFound, sightings, uniqueName } from "./replication";

/**
 * Writes the API accesses of one application one after the other, each after Entra shows the previous one. The provider reads
 * the application's list, adds an entry and writes the list back. If it read a list without the previous entry, writing it
 * back would remove that entry.
 */
export function apiAccessTurns(name: string, component: pulumi.Resource): pulumi.ResourceHookBinding {
  const { applications, ends } = turnsOfProgram();
  // Hooks with names of their own: the SDK would give each function another name, with the type in it, for each binding.
  const begin = new pulumi.ResourceHook(uniqueName(`${name}-turn-begins`), async ({ newInputs = {} }) => {
    const { applicationId, apiClientId } = newInputs as { applicationId: string; apiClientId: string };
    const application = applications.get(applicationId) ?? { turn: Promise.resolve(), written: [] };
    applications.set(applicationId, application);
    const before = application.turn;
    application.turn = new Promise((resolve) => {
      ends.set(`${applicationId} ${apiClientId}`, resolve);
    });
    await before;
    await shows(applicationId, application.written, component);
  });
  const end = (inputs: Record<string, unknown> = {}, wasWritten: boolean) => {
    const { applicationId, apiClientId } = inputs as { applicationId: string; apiClientId: string };
    if (wasWritten) applications.get(applicationId)?.written.push(apiClientId);
    ends.get(`${applicationId} ${apiClientId}`)?.();
  };
  const ended = new pulumi.ResourceHook(uniqueName(`${name}-turn-ends`), ({ newInputs }) => end(newInputs, true));
  return {
    beforeCreate: [begin],
    afterCreate: [ended],
    beforeUpdate: [begin],
    afterUpdate: [ended],
    onError: [
      new pulumi.ErrorHook(uniqueName(`${name}-turn-fails`), ({ newInputs, errors }) => {
        // The write succeeded; only reading its result failed, because Entra does not show it yet.
        end(newInputs, /nil state/.test(errors[0] ?? ""));
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

interface ProgramTurns {
  /** By the resource id of the application. */
  readonly applications: Map<string, Turns>;
  /** What ends a turn, by application and API. */
  readonly ends: Map<string, () => void>;
}

/** One deployment's turns: a process may run one deployment after the other. */
function turnsOfProgram(): ProgramTurns {
  const program = pulumi.runtime.getStackResource() ?? anyProgram;
  const turns = programs.get(program) ?? { applications: new Map(), ends: new Map() };
  programs.set(program, turns);
  return turns;
}

const programs = new WeakMap<object, ProgramTurns>();
/** How long a write waits until Entra shows the previous one. Then it is made anyway: a refresh finds an entry that was lost. */
const longestWaitSeconds = 60;

/** Waits until Entra shows all of these API accesses. Where it cannot be asked, the write itself will say why. */
async function shows(applicationId: string, apis: readonly string[], component: pulumi.Resource): Promise<void> {
  const deadline = Date.now() + longestWaitSeconds * 1000;
  const objectId = applicationId.split("/").at(-1) ?? "";
  for (let seen = 0; apis.length > 0 && seen < sightings && Date.now() < deadline; ) {
    const shown = await getApplication({ objectId }, { parent: component }).then(
      ({ requiredResourceAccesses }) => requiredResourceAccesses.map(({ resourceAppId }) => resourceAppId),
      (error: Error): string[] | undefined => (notFound.test(error.message) ? [] : undefined),
    );
    if (shown === undefined) return;
    const isShown = apis.every((api) => shown.includes(api));
    seen = isShown ? seen + 1 : 0;
    await delay(isShown ? 50 : 250);
  }
}
