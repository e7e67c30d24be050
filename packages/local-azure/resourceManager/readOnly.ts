import { z } from "zod";
import { ArmError } from "./armError";

/** Read-only properties of a resource, which a client may send back without effect. */
export const readOnly = {
  id: z.string().optional(),
  name: z.string().optional(),
  type: z.string().optional(),
  systemData: z.unknown().optional(),
};

/** @throws ArmError if a request changes the location of a resource */
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
