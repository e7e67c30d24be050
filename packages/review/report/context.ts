import type { Finding } from "../rule";

/** What a report needs besides the review. */
export interface ReportContext {
  /** The maximum length of a line. Default 100. */
  readonly width?: number;
  /** The place that declares the subject of a finding, for example `stacks/shop.ts:12`. Default: none is shown. */
  placeOf?(finding: Finding): string | undefined;
  /** The address of the page about a rule. Default: its place in the project's docs. */
  linkOf?(rule: string): string;
  /** The maximum length of a comment. Default: GitHub's. */
  readonly mostCharacters?: number;
  /** The address of the complete review. Default: none is shown. */
  readonly whole?: string;
}

/** Where the project's documentation explains a rule. */
export const pageOfRule = (rule: string): string => `docs/review-rules.md#${rule}`;
