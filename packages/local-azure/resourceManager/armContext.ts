import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Principal } from "../bearer";
import type { ConditionQuestion } from "../roleCondition";
import type { Tenant } from "../tenant";
import { badRequest } from "./armError";
import type { Subscription } from "./subscription";

/** Starts and stops the data planes of vaults. */
export interface VaultHosting {
  /** @param port the preferred port. Default: any free one. @returns the vault's address, with a slash at the end */
  open(name: string, port?: number): Promise<string>;
  close(name: string): Promise<void>;
}

/** The context of Resource Manager's routes. */
export interface ArmContext {
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  /** The address of Resource Manager, without a slash at the end. Known once the server listens. */
  readonly base: () => string;
  readonly hosting: VaultHosting;
  readonly caller: (request: FastifyRequest) => Principal;
  /** @throws ArmError if the request has no API version of the type, or a parameter that is not served */
  readonly checkVersion: (
    request: FastifyRequest,
    apiVersions: readonly string[],
    parameters?: readonly string[],
  ) => void;
  /**
   * @param scope default: the path of the request
   * @param parameters the allowed parameters of the query, besides `api-version`. Default: none
   * @param about the attributes that conditions of the caller's role assignments check. Default: the action alone
   * @throws ArmError if the caller lacks the right, and the errors of {@link checkVersion}
   */
  readonly authorize: (
    request: FastifyRequest,
    action: string,
    apiVersions: readonly string[],
    scope?: string,
    parameters?: readonly string[],
    about?: Omit<ConditionQuestion, "action">,
  ) => void;
  /** Answers 202 and does the work afterwards. The client polls until it is done. */
  readonly later: (reply: FastifyReply, work: () => Promise<void>) => FastifyReply;
}

/** @throws ArmError that names the property */
export function parse<T>(type: z.ZodType<T>, body: unknown): T {
  const parsed = type.safeParse(body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const issue = (issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]) as z.core.$ZodIssue;
  const place = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]] : issue.path;
  const what = issue.code === "unrecognized_keys" ? "no such member on the object" : issue.message;
  if (place.length === 0)
    throw badRequest("InvalidRequestContent", `The request content was invalid: the body is not a resource: ${what}.`);
  throw badRequest("InvalidRequestContent", `The request content was invalid at '${place.join(".")}': ${what}.`);
}
