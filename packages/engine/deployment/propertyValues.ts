import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "./providers/resourceType";

type Wire = Parameters<typeof Struct.fromJavaScript>[0];

/** Property values from the SDK, without the wrapping of secrets. */
export function fromWire(struct: Struct | undefined): { values: Properties; secretNames: Set<string> } {
  const secretNames = new Set<string>();
  const values = Object.fromEntries(
    Object.entries(struct?.toJavaScript() ?? {}).map(([name, wrapped]) => {
      const value = unwrapped(wrapped, () => secretNames.add(name));
      return [name, value];
    }),
  );
  return { values, secretNames };
}

/** Outputs for the SDK; the named ones as secrets, undefined ones omitted. */
export function toWire(values: Properties, secretNames: ReadonlySet<string>): Struct {
  const present = JSON.parse(JSON.stringify(values)) as Properties;
  for (const name of secretNames) {
    if (name in present) present[name] = { [specialSigKey]: specialSecretSig, value: present[name] };
  }
  return Struct.fromJavaScript(present as Wire);
}

function unwrapped(value: unknown, onSecret: () => void): unknown {
  if (Array.isArray(value)) return value.map((each) => unwrapped(each, onSecret));
  if (typeof value !== "object" || value === null) return value;
  const { [specialSigKey]: signature, ...members } = value as Properties;
  if (signature === specialSecretSig) {
    onSecret();
    return unwrapped(members.value, onSecret);
  }
  if (signature !== undefined)
    throw new Error("assets, archives and resource references cannot be deployed without a Pulumi CLI");
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, unwrapped(member, onSecret)]));
}
