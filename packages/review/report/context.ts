import type { Finding } from "../rule";

/** What a report is told beside the review. */
export interface ReportContext {
  /** How many columns a line may have. Default 100. */
  readonly width?: number;
  /** Where the project declares what a finding is about, as in `stacks/shop.ts:12`. Default: it is not said. */
  placeOf?(finding: Finding): string | undefined;
  /** The address of the page about a rule. Default: its place in the project's docs. */
  linkOf?(rule: string): string;
  /** How many characters a comment may have. Default: as many as GitHub takes. */
  readonly mostCharacters?: number;
  /** Where the whole review can be read. Default: it is not said. */
  readonly whole?: string;
}

/** Where the project's docs say what a rule is about. */
export const pageOfRule = (rule: string): string => `docs/review-rules.md#${rule}`;
