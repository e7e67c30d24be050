import type { Resource } from "@pulumi/pulumi";
import { reasonOf } from "../deployment/stack";
import type { ResourceOptions } from "./evaluatedResource";
import { isOutput, outputFrom, settlingOf } from "./outputs";
import {
  allOf,
  chain,
  composed,
  type MaybePromise,
  type MaybeResolved,
  plain,
  type ResolvedValue,
  within,
} from "./resolvedValue";

type Properties = Readonly<Record<string, unknown>>;

/** A resource as the program registers it. */
export interface Wanted {
  readonly urn: string;
  readonly type: string;
  readonly parent: string;
  readonly inputs: Properties;
  /** The URNs of the resources that an input was taken from, by the input. */
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  /** The inputs whose values are secret. */
  readonly secrets?: readonly string[];
  readonly options?: ResourceOptions;
}

/** Receives a program's registrations. */
export interface ResourceSink {
  urnOf(parent: string, type: string, name: string): string;
  resource(wanted: Wanted): { readonly id: string; readonly outputs: Properties };
  component(wanted: Wanted): void;
}

/** A registration, as the SDK requests it. */
export interface Registration {
  readonly resource: Resource;
  readonly parent: Resource | undefined;
  readonly type: string;
  readonly name: string;
  /** Whether it is a resource of a provider, not a component. */
  readonly custom: boolean;
  readonly inputs: Properties;
  readonly secretOutputs: readonly string[];
  readonly dependsOn: Promise<readonly Resource[]> | undefined;
  readonly options: ResourceOptions;
  /** Why it cannot be evaluated; `undefined` if it can. */
  readonly refused: string | undefined;
}

interface Registered {
  readonly urn: string;
  readonly id: string;
  readonly outputs: Properties;
  readonly secrets: ReadonlySet<string>;
}

/**
 * Registers a resource as the SDK would, and gives it the Outputs that the SDK would.
 *
 * @returns resolves when it is registered
 */
export function register(sink: ResourceSink, registration: Registration): Promise<unknown> {
  const { resource, custom, inputs } = registration;
  const registered = registeredAs(sink, registration);
  const resources: ReadonlySet<Resource> = new Set([resource]);
  const onto = resource as unknown as Record<string, unknown>;
  const give = (key: string, value: (of: Registered) => unknown, secret = (_: Registered): boolean => false) => {
    onto[key] = outputFrom(() => registered.then((of) => ({ value: value(of), secret: secret(of), resources })));
  };
  give("urn", ({ urn }) => urn);
  if (!custom) return registered;
  give("id", ({ id }) => id);
  for (const key of keysOf(inputs))
    give(
      key,
      ({ outputs }) => copied(outputs[key]),
      ({ secrets }) => secrets.has(key),
    );
  return registered;
}

const keysOf = (inputs: Properties): string[] => Object.keys(inputs).filter((key) => key !== "id" && key !== "urn");

async function registeredAs(sink: ResourceSink, registration: Registration): Promise<Registered> {
  const { parent, type, name, custom, inputs, secretOutputs, dependsOn, options, refused } = registration;
  // Not synchronously: a program may still change the objects that it passed.
  await undefined;
  if (refused !== undefined) throw new RegistrationError(`${name} (${type}): ${refused}`);
  const read = keysOf(inputs).flatMap((key) => (inputs[key] === undefined ? [] : [registeredInput(registration, key)]));
  const given = (await allOf(read)).filter(({ value }) => value !== undefined);
  if (dependsOn) await urnsOf(await dependsOn, registration.resource);
  const secretInputs = given.flatMap(({ key, secret }) => (secret ? [key] : [])).sort();
  const above = parent ? ((await settlingOf(parent.urn)).value as string) : "";
  const wanted: Wanted = {
    urn: sink.urnOf(above, type, name),
    type,
    parent: above,
    inputs: Object.fromEntries(given.map(({ key, value }) => [key, value])),
    dependencies: Object.fromEntries(given.map(({ key, urns }) => [key, urns])),
    secrets: secretInputs,
    options,
  };
  if (!custom) sink.component(wanted);
  const { id, outputs } = custom ? sink.resource(wanted) : { id: "", outputs: {} };
  const secrets = new Set([...secretOutputs, ...secretInputs]);
  return { urn: wanted.urn, id, outputs, secrets };
}

/** An input, and the resources that its value comes from. */
interface RegisteredInput {
  readonly key: string;
  readonly value: unknown;
  readonly secret: boolean;
  readonly urns: readonly string[];
}

/** @throws RegistrationError with the resource whose input failed */
function registeredInput(registration: Registration, key: string): MaybePromise<RegisteredInput> {
  try {
    const input = chain(inputOf(registration.inputs[key]), ({ value, secret, resources }) =>
      chain(urnsOf(resources, registration.resource), (urns) => ({ key, value, secret, urns })),
    );
    return input instanceof Promise ? input.catch((error) => explain(registration, key, error)) : input;
  } catch (error) {
    return explain(registration, key, error);
  }
}

function explain({ name, type }: Registration, key: string, error: unknown): never {
  if (error instanceof RegistrationError) throw error;
  throw new RegistrationError(`${name} (${type}): the input ${key}: ${reasonOf(error)}`);
}

/** Resources that depend on a failed one fail for the same reason, which is reported once. */
class RegistrationError extends Error {}

/** A copy, so that a program that changes an output does not change the registration. */
const copied = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? structuredClone(value) : value;

/** A value as it would be sent: a resource as its id, a component as its URN, without undefined members. */
export function inputOf(value: unknown): MaybeResolved {
  if (typeof value === "function") return plain(undefined);
  if (typeof value !== "object" || value === null) return plain(value);
  if (value instanceof Promise) return value.then(inputOf);
  if (isOutput(value))
    return chain(settlingOf(value), (outer) =>
      chain(inputOf(outer.secret ? (outer.value ?? null) : outer.value), (inner) => within(outer, inner)),
    );
  if (isResource(value)) {
    const itself: ResolvedValue = { value, secret: false, resources: new Set([value]) };
    return chain(inputOf(value.__pulumiCustomResource ? value.id : value.urn), (id) => within(itself, id));
  }
  if ("__pulumiAsset" in value || "__pulumiArchive" in value) throw new Error("assets and archives need a Pulumi CLI");
  return chain(composed(value, inputOf), (all) => ({ ...all, value: present(all.value as object) }));
}

/** JSON has no undefined: in a list it is null, in an object nothing. */
const present = (value: object): object =>
  Array.isArray(value)
    ? value.map((each) => each ?? null)
    : Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));

/** The SDK's resource, with the SDK's internal properties. */
type Internal = Resource & {
  readonly id?: unknown;
  readonly __pulumiCustomResource?: true;
  readonly __pulumiComponentResource?: true;
  readonly __childResources?: ReadonlySet<Resource>;
  readonly __data: Promise<unknown>;
};

const isResource = (value: object): value is Internal => "__pulumiResource" in value;

/** A component represents the resources in it, once it has created all of them. */
function urnsOf(resources: Iterable<Resource>, except: Resource): MaybePromise<readonly string[]> {
  const each = ([...resources] as Internal[]).flatMap((from): MaybePromise<readonly string[]>[] => {
    if (from === except) return [];
    return from.__pulumiComponentResource
      ? [from.__data.then(() => urnsOf(from.__childResources ?? [], except))]
      : [chain(settlingOf(from.urn), ({ value }) => [value as string])];
  });
  return chain(allOf(each), (lists) => [...new Set(lists.flat())]);
}
