import type { Directory, DirectoryService } from "@microservice-identities/proof/directory";
import type { CloudName } from "@microservice-identities/well-known/clouds";
import type { TenantReader } from "../adoption/tenant";

/** The examined service, from its stack's outputs. */
export interface Patient {
  readonly stack: string;
  readonly service: string;
  readonly entry: DirectoryService;
  readonly tenantId: string;
  /** The cloud of the tenant, if it is not the public one. */
  readonly cloud?: CloudName | undefined;
  /** The authority that issues the tenant's tokens, without a slash at the end. */
  readonly authority: string;
  /** All services of the stack. */
  readonly directory: Directory;
  readonly now: Date;
}

/** The first problem. */
export interface Diagnosis {
  readonly wrong: string;
  /** The remedy: commands, or instructions for a person. */
  readonly mend: readonly string[];
}

/** One check. */
export interface Check {
  /** Completes the sentence "looked at …". */
  readonly what: string;
  /** The needed permission, if running as the service is not enough. */
  readonly needs?: string;
  /** @throws Unseen or TenantError if the check is impossible from here */
  examine(patient: Patient, tenant: TenantReader): Promise<Diagnosis | undefined>;
}

/** A check is impossible from where the doctor runs. */
export class Unseen extends Error {}

export const deploy = ({ stack }: Patient): string => `npm run up -- --stack ${stack}`;

/** For changes that somebody made outside the stack, which only a refresh detects. */
export const deployWithRefresh = ({ stack }: Patient): string => `pulumi up --refresh --stack ${stack}`;
