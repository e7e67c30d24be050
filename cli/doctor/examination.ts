import type { Directory, DirectoryService } from "@microservice-identities/proof/directory";
import type { TenantReader } from "../adoption/tenant";

/** The service that is looked at, as its stack's outputs describe it. */
export interface Patient {
  readonly stack: string;
  readonly service: string;
  readonly entry: DirectoryService;
  readonly tenantId: string;
  /** Where the tenant's tokens come from, without a slash at the end. */
  readonly authority: string;
  /** All services of the stack. */
  readonly directory: Directory;
  readonly now: Date;
}

/** The first thing that is wrong. */
export interface Diagnosis {
  readonly wrong: string;
  /** Commands, or what a person has to do. */
  readonly mend: readonly string[];
}

/** One thing to look at. */
export interface Check {
  /** Completes the sentence "looked at …". */
  readonly what: string;
  /** The permission that it takes, where it is more than to run as the service. */
  readonly needs?: string;
  /** @throws Unseen, TenantError for what cannot be looked at from here */
  examine(patient: Patient, tenant: TenantReader): Promise<Diagnosis | undefined>;
}

/** Something cannot be looked at from where the doctor runs. */
export class Unseen extends Error {}

export const deploy = ({ stack }: Patient): string => `npm run up -- --stack ${stack}`;

/** Something was changed beside the stack: only a refresh sees it. */
export const deployWithRefresh = ({ stack }: Patient): string => `pulumi up --refresh --stack ${stack}`;
