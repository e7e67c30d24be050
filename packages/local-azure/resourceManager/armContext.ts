import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Principal } from "../bearer";
import type { ConditionQuestion } from "../roleCondition";
import type { Tenant } from "../tenant";
import { badRequest } from "./armError";
import type { Subscription } from "./subscription";

/** How the data plane of a vault is brought up and taken down. */
export interface VaultHosting {
  /** @param port if it is free; by default any @returns where the vault answers, with a slash at the end */
  open(name: string, port?: number): Promise<string>;
  close(name: string): Promise<void>;
}

/** What the routes of Resource Manager need. */
export interface ArmContext {
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  /** Where ARM answers, without a slash at the end. Known once the server listens. */
  readonly base: () => string;
  readonly hosting: VaultHosting;
  readonly caller: (request: FastifyRequest) => Principal;
  /** @throws ArmError when the request names no API version that the type has, or a parameter that is not served */
  readonly checkVersion: (
    request: FastifyRequest,
    apiVersions: readonly string[],
    parameters?: readonly string[],
  ) => void;
  /**
   * @param scope default: the path of the request
   * @param parameters of the query, beside `api-version`. Default: none
   * @param about what the conditions of the caller's role assignments look at. Default: the action alone
   * @throws ArmError when the caller may not, and as {@link checkVersion}
   */
  readonly authorize: (
    request: FastifyRequest,
    action: string,
    apiVersions: readonly string[],
    scope?: string,
    parameters?: readonly string[],
    about?: Omit<ConditionQuestion, "action">,
  ) => void;
  /** Answers 202 and does the work; the client polls until it is done. */
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
  throw badRequest("InvalidRequestContent", `The request content was invalid at '${place.join(".")}': ${what}.`);
}
