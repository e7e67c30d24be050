import { z } from "zod";

const service = z.object({
  clientId: z.guid(),
  scope: z.string(),
  roleIds: z.record(z.string(), z.guid()),
  vaultUri: z.url().optional(),
  vaultAuthorization: z.enum(["accessPolicies", "rbac"]).default("accessPolicies"),
  credential: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("secret"),
      secretName: z.string(),
      keyIds: z.array(z.guid()),
      expires: z.string(),
      nextRotation: z.string(),
    }),
    z.object({
      kind: z.literal("certificate"),
      secretName: z.string(),
      thumbprint: z.string(),
      keyIds: z.array(z.guid()),
      expires: z.string(),
    }),
    z.object({ kind: z.literal("federated") }),
  ]),
  identityClientId: z.guid(),
  calls: z.record(z.string(), z.array(z.string())),
});

/** What the proof needs of a stack's outputs. It holds no secret. */
export const provableStack = z.object({
  tenantId: z.guid(),
  directory: z.record(z.string(), service),
});

export type Directory = z.output<typeof provableStack>["directory"];
export type DirectoryService = z.output<typeof service>;
