import { z } from "zod";
import type { Format } from "./formats";

/** A string of that format. Its error message is what the format allows. */
export const matching = ({ accepts, allowed, pattern }: Format<string>): z.ZodString =>
  pattern ? z.string().regex(pattern, { error: allowed }) : z.string().refine(accepts, { error: allowed });

/** Words for people, without blanks around them. @param most characters */
export const prose = (most: number): z.ZodString => z.string().trim().min(1).max(most);

/** A whole number within a limit, as in `limits.retentionDays`. */
export const within = ({ least, most }: { readonly least: number; readonly most: number }): z.ZodInt =>
  z.int().min(least).max(most);

/** A GUID. */
export const guid = (): z.ZodGUID => z.guid({ error: "a GUID" });
