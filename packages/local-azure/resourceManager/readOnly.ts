import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { ArmError, badRequest } from "./armError";
import { resourceIn } from "./policyCheck";

/** Read-only properties of a resource, which a client may send back as it read them, see {@link checkReadOnly}. */
export const readOnly = {
  id: z.string().optional(),
  name: z.string().optional(),
  type: z.string().optional(),
  systemData: z.unknown().optional(),
};

/** The state of a resource that is ready, as a client reads it and may send it back. */
export const provisioningState = z.literal("Succeeded").optional();

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
export const location = z
  .string()
  .regex(/^[a-z][a-z0-9 ]+$/i, { error: "allowed: the name of a location, as westeurope" });

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
export const tags = z
  .record(z.string().regex(/^[^<>%&\\?/]{1,512}$/), z.string().max(256))
  .refine((given) => Object.keys(given).length <= 50, { error: "at most 50 tags" })
  .nullish();

/** @throws ArmError if the body of a PUT or PATCH has a different id, name or type than its address */
export function checkReadOnly(request: Pick<FastifyRequest, "url" | "body">): void {
  const resource = resourceIn(request);
  const body = (request.body ?? {}) as Record<string, unknown>;
  if (!resource) return;
  // A role is shown with the id that it has in the subscription, whatever the scope of the request.
  const ofScope = (id: string) => id.toLowerCase().replace(/^.*(?=\/providers\/microsoft\.authorization\/)/, "");
  const own = { id: request.url.split("?")[0] ?? "", name: resource.name, type: resource.type };
  for (const [member, expected] of Object.entries(own)) {
    const given = body[member];
    const shown = (text: string) => ofScope(text).replace("microsoft.resources/subscriptions/", "microsoft.resources/");
    if (typeof given !== "string" || shown(given) === shown(expected)) continue;
    throw badRequest(
      "InvalidRequestContent",
      `The request content was invalid at '${member}': '${given}' is not the ${member} of the resource at this address, '${expected}'.`,
    );
  }
}

/** @throws ArmError if a request changes a read-only property */
export function checkShown(
  given: Readonly<Record<string, unknown>> | undefined,
  shown: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(shown)) {
    if (given?.[name] === undefined || String(given[name]).toLowerCase() === String(value).toLowerCase()) continue;
    throw badRequest(
      "InvalidRequestContent",
      `The request content was invalid at 'properties.${name}': it is read-only, and not '${given[name]}'.`,
    );
  }
}

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
