import { agoInWords } from "@microservice-identities/validation/days";
import type { Review } from "../review";

/** What the review knows of the use of grants: the period and the age of the evidence, or that there is none. */
export function usageSentence({ usage, today }: Pick<Review, "usage" | "today">): string {
  if (!usage) return "Whether the grants are used is not known: there is no usage report (--usage).";
  const { from, until } = usage;
  if (until < from) return `Whether the grants are used is not known: nothing has been recorded since ${from}.`;
  return `The use of the grants was recorded from ${from} to ${until}, ${agoInWords(until, today)}.`;
}
