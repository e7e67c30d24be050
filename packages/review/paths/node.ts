import { keyOf, ofRole } from "../subject";

/** Somebody or something that can be reached. */
export interface PathNode {
  /** Unique in a graph. */
  readonly key: string;
  readonly kind: (typeof nodeKinds)[number];
  readonly name: string;
  /** Of a subject: who issues its tokens. */
  readonly issuer?: string;
  /** True if the node's published tier is 0: a party that reaches it can give itself any right in the tenant. Default false. */
  readonly tierZero?: true;
}

export const nodeKinds = ["party", "subject", "vault", "API role", "directory role"] as const;

/** A service, an identity, a group, a person, or the unknown deployer. Each unknown party is a separate node. */
export const partyNode = (name: string, resource = ""): PathNode => ({
  key: keyOf("party", name, name.startsWith("somebody who is not known") ? resource : ""),
  kind: "party",
  name,
});

/** Anyone who holds a token from this issuer with this subject, for example a pipeline or a Kubernetes service account. */
export const subjectNode = (issuer: string, subject: string): PathNode => ({
  key: keyOf("subject", issuer, subject),
  kind: "subject",
  name: subject,
  issuer,
});

/** The secrets of a vault. */
export const vaultNode = (vault: string): PathNode => ({ key: keyOf("vault", vault), kind: "vault", name: vault });

export const roleNode = (api: string, role: string, tierZero = false): PathNode => ({
  key: keyOf("API role", api, role),
  kind: "API role",
  name: ofRole({ api, role }).text,
  ...(tierZero ? { tierZero: true as const } : {}),
});

/** @param at the registration that it is limited to; empty for the whole tenant */
export const directoryRoleNode = (role: string, tierZero: boolean, at = ""): PathNode => ({
  key: keyOf("directory role", role, at),
  kind: "directory role",
  name: at === "" ? role : `${role} on ${at}`,
  ...(tierZero ? { tierZero: true as const } : {}),
});

export const globalAdministrator = directoryRoleNode("Global Administrator", true);

/** Whether it is a party, and not only something that a party knows or has. */
export const isSomebody = ({ kind }: PathNode): boolean => kind === "party" || kind === "subject";

/** What attack paths lead to. */
export const isTarget = ({ kind, tierZero }: PathNode): boolean => kind === "API role" || tierZero === true;
