import { z } from "zod";
import { ArmError } from "./armError";

/** What a resource shows of itself, and what a client may send back: it changes nothing. */
export const readOnly = {
  id: z.string().optional(),
  name: z.string().optional(),
  type: z.string().optional(),
  systemData: z.unknown().optional(),
};

/** @throws ArmError when a resource is asked for in another location than it is in */
export function checkLocation(existing: { readonly id: string; readonly location: string }, location: string): void {
  const [a, b] = [existing.location, location].map((each) => each.toLowerCase().replaceAll(" ", ""));
  if (a === b) return;
  const [, , , , group, , , , name] = existing.id.split("/");
  throw new ArmError(
    409,
    "InvalidResourceLocation",
    `The resource '${name}' already exists in location '${existing.location}' in resource group '${group}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
  );
}
