import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { graphRoleIds, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";

const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const jsonWebToken = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g;
/** The same in every tenant: they reveal nothing, and a replay needs them. */
const wellKnown = new Set([
  microsoftGraph,
  "00000000-0000-0000-0000-000000000000",
  ...Object.values(azureRoles).map(({ id }) => id),
  ...Object.values(graphRoleIds()),
]);
/** Places in errors that contain the display name of the tenant or the address of the client. */
const tellingWords: readonly (readonly [RegExp, string])[] = [
  [/(in the directory ')[^']*(')/g, "$1<tenant name>$2"],
  [/(in the tenant named )[^.]*(\.)/g, "$1<tenant name>$2"],
  [/(Client address: )[\d.:a-f]+/gi, "$1<address>"],
  [/\b\d{1,3}(\.\d{1,3}){3}\b(?!\/)/g, "<address>"],
  [/\b[\w-]+(\.[\w-]+)*\.onmicrosoft\.com\b/gi, "<domain>"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, "<time>"],
];

/** Replaces every value that would identify the tenant by a name. The same value always gets the same name. */
export class Placeholders {
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();
  /** The known values that are not GUIDs, longest first. */
  private literals: string[] = [];

  /** @param name for example `<tenant>`. Default: `<{kind}-{number}>`. @returns the name */
  learn(kind: string, value: string, name?: string): string {
    const key = value.toLowerCase();
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const count = (this.counts.get(kind) ?? 0) + 1;
    const given = name ?? `<${kind}-${count}>`;
    this.counts.set(kind, count);
    this.names.set(key, given);
    if (value.replace(guid, "") !== "")
      this.literals = [...this.literals, value].sort((one, other) => other.length - one.length);
    return given;
  }

  /** The text with names in place of known values, GUIDs and tokens. */
  hide(text: string): string {
    let hidden = text;
    for (const literal of this.literals) {
      if (literal !== "" && hidden.toLowerCase().includes(literal.toLowerCase()))
        hidden = hidden.replace(
          new RegExp(literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi"),
          this.learn("", literal),
        );
    }
    return hidden
      .replace(jsonWebToken, (token) => this.learn("token", token))
      .replace(guid, (id) => (wellKnown.has(id.toLowerCase()) ? id : this.learn("id", id)));
  }

  /** The text of an error, in which display names and addresses are hidden too. */
  hideInError(text: string): string {
    return tellingWords.reduce((hidden, [pattern, name]) => hidden.replace(pattern, name), this.hide(text));
  }
}
