import { z } from "zod";
import type { Format } from "./formats";

/** A string of that format. Its error message is what the format allows. */
export const matching = ({ accepts, allowed: error, pattern }: Format<string>): z.ZodString =>
  pattern ? z.string({ error }).regex(pattern, { error }) : z.string({ error }).refine(accepts, { error });

/** A text for people; blanks around it are removed. @param most the maximum, in characters */
export const prose = (most: number): z.ZodString => {
  const error = `text of 1 to ${most} characters`;
  return z.string({ error }).trim().min(1, { error }).max(most, { error });
};

/** A whole number within a limit, for example `limits.retentionDays`. */
export const within = ({ least, most }: { readonly least: number; readonly most: number }): z.ZodInt => {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

/** A GUID. */
export const guid = (): z.ZodGUID => z.guid({ error: "a GUID" });
