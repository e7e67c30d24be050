import { setTimeout } from "node:timers/promises";
import { inParallel } from "@microservice-identities/proof/inParallel";
import { azureError } from "../adoption/azureError";
import { type BulkReader, TenantError } from "../adoption/tenant";

type Json = Readonly<Record<string, unknown>>;

/** Something that could not be read, so that nothing is said about it. */
export interface Unseen {
  readonly what: string;
  /** The permission that is missing, or another circumstance. */
  readonly needs: string;
  /** The message of the API that refused. */
  readonly reason: string;
  /** How many requests were refused in the same way. */
  readonly count: number;
}

/** Graph takes at most 20 requests in a batch. https://learn.microsoft.com/graph/json-batching */
const mostInBatch = 20;
const mostAttempts = 8;
/** The code of a refusal to list eligible roles in a tenant without Privileged Identity Management. */
const licenceMissing = "AadPremiumLicenseRequired";

/** Reads from a tenant, and records what it could not read. */
export class Reading {
  private readonly refused = new Map<string, Unseen>();
  private readonly withoutLicence = new Set<string>();

  /** @param pause waits a number of seconds */
  constructor(
    readonly tenant: BulkReader,
    private readonly pause: (seconds: number) => Promise<unknown> = (seconds) => setTimeout(seconds * 1000),
  ) {}

  get unseen(): Unseen[] {
    return [...this.refused.values()];
  }

  /** Data that the tenant does not have, because it has no licence for it. */
  get unlicensed(): readonly string[] {
    return [...this.withoutLicence].sort();
  }

  /** Records an object that is in the state and that the tenant does not show. */
  miss(what: string, reason: string, count: number): void {
    this.refused.set(`${what} that are missing`, {
      what: `${what} that are missing`,
      needs: "a state that is up to date: `pulumi refresh`",
      reason,
      count,
    });
  }

  /** Runs a part of the audit that reads as a whole; `undefined` if it is refused. */
  async tried<T>(what: string, needs: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.patiently(read);
    } catch (error) {
      if (!(error instanceof TenantError)) throw error;
      if (error.message.includes(licenceMissing)) this.withoutLicence.add(what);
      else this.refuse(what, needs, error.message);
      return undefined;
    }
  }

  /**
   * Lists of Microsoft Graph, in batches, each with all its pages.
   *
   * @param what the part of the audit, for people
   * @param paths for example `servicePrincipals/…/owners`
   * @param needs the permission for it
   * @returns the rows of each list; `undefined` for one that could not be read
   */
  async lists(
    what: string,
    paths: readonly string[],
    needs = "Application.Read.All in Microsoft Graph",
  ): Promise<(Json[] | undefined)[]> {
    const found: (Json[] | undefined)[] = paths.map(() => []);
    let open = paths.map((path, index) => ({ index, path }));
    for (let attempt = 1; open.length > 0; attempt++) {
      const batches = Array.from({ length: Math.ceil(open.length / mostInBatch) }, (_, at) =>
        open.slice(at * mostInBatch, (at + 1) * mostInBatch),
      );
      let wait = 0;
      const next = await inParallel(batches, async (batch) => {
        const answers = await this.batch(
          what,
          needs,
          batch.map(({ path }) => path),
        );
        return batch.flatMap(({ index, path }, at) => {
          const { status = 0, headers = {}, body = {} } = answers?.[at] ?? {};
          if (isPassing(status) && attempt < mostAttempts) {
            wait = Math.max(wait, Number(headers["Retry-After"] ?? headers["retry-after"] ?? 2 ** attempt));
            return [{ index, path }];
          }
          if (status !== 200) {
            found[index] = undefined;
            if (answers) this.refuse(what, needs, `${path}: ${status} ${azureError(body) ?? "without a reason"}`);
            return [];
          }
          found[index]?.push(...((body.value as Json[] | undefined) ?? []));
          const more = body["@odata.nextLink"];
          return typeof more === "string" ? [{ index, path: more.replace(/^.*?\/v1\.0\//, "") }] : [];
        });
      });
      open = next.flat();
      // Only temporary refusals count as attempts: a long list has many pages.
      if (wait === 0) attempt = 0;
      else await this.pause(wait);
    }
    return found;
  }

  private async batch(what: string, needs: string, paths: readonly string[]): Promise<BatchAnswer[] | undefined> {
    const requests = paths.map((path, index) => ({ id: `${index}`, method: "GET", url: `/${path}` }));
    const answer = await this.tried(what, needs, () => this.tenant.ask("$batch", { requests }));
    if (!answer) return undefined;
    // Graph answers in any order.
    const byId = new Map((answer.responses as BatchAnswer[]).map((each) => [each.id, each]));
    return requests.map(({ id }) => byId.get(id) ?? { id, status: 503 });
  }

  private async patiently<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof TenantError) || !isPassing(error.status ?? 0) || attempt === mostAttempts) throw error;
        await this.pause(2 ** attempt);
      }
    }
  }

  private refuse(what: string, needs: string, reason: string): void {
    const before = this.refused.get(what);
    this.refused.set(what, before ? { ...before, count: before.count + 1 } : { what, needs, reason, count: 1 });
  }
}

interface BatchAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

const isPassing = (status: number): boolean => status === 429 || status >= 500;
