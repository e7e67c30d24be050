import type { AccessModel } from "../accessModel";
import type { AttackGraph } from "../paths/attackGraph";
import type { AttackPaths, Control } from "../paths/attackPaths";
import type { PathNode } from "../paths/node";
import type { OpenedPath } from "../paths/openedPaths";
import type { Step } from "../paths/step";

/** The attack paths of a stack, and what a report about them needs. */
export interface PathsReport {
  readonly stack: string;
  readonly today: string;
  readonly model: AccessModel;
  readonly graph: AttackGraph;
  readonly paths: AttackPaths;
  /** What a change opens; absent without a comparison. */
  readonly opened?: readonly OpenedPath[];
  /** The name of the earlier state; absent without a comparison. */
  readonly base?: string;
  /** Every path to some roles; absent if none was asked for. */
  readonly asked?: readonly AskedPaths[];
}

export interface AskedPaths {
  readonly target: PathNode;
  /** A shortest path of each party that reaches the role, the shortest first. */
  readonly all: readonly (readonly Step[])[];
}

/** For example `Attack paths of prod on 2026-11-26, compared with main`. */
export const titleOf = ({ stack, today, base }: PathsReport): string =>
  `Attack paths of ${stack || "no stack"} on ${today}${base === undefined ? "" : `, compared with ${base}`}`;

export const openedHeading = "What the change opens";
export const nothingOpened = "The change opens no path.";
export const noTierZero = "Nothing here leads to tier 0.";

/** The parties that reach everything of a kind, with the words before their names. Each party is listed once. */
export const controlParts = ({
  services,
  controls,
  grantors,
}: AttackPaths): [heading: string, who: readonly Control[]][] =>
  [
    [services === 1 ? "Can become the only service" : `Can become each of the ${services} services`, controls] as [
      string,
      readonly Control[],
    ],
    ["Can grant themselves each role of the stack's APIs", grantors] as [string, readonly Control[]],
  ].filter(([, who]) => who.length > 0);
