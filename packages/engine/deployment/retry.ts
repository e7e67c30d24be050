import { setTimeout as delay } from "node:timers/promises";

/** How often, and after which pauses, a transient failure is retried. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Milliseconds before the second attempt; twice as long before each further one. */
  readonly pause: number;
  /** Milliseconds: no pause is longer. Default: no limit. */
  readonly longestPause?: number;
}

/** A failure that may not happen again. */
export class TransientError extends Error {
  constructor(
    readonly reason: unknown,
    /** Milliseconds to wait, as the server asks for. Default: as the policy says. */
    readonly retryAfter?: number,
  ) {
    super("a transient failure", { cause: reason });
  }
}

/**
 * Retries work that fails with a {@link TransientError}.
 *
 * @throws the reason of the last one; any other error at once
 */
export async function retry<T>(
  work: () => Promise<T>,
  { attempts, pause, longestPause = Number.POSITIVE_INFINITY }: RetryPolicy,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (attempt === attempts) throw error.reason;
      await delay(error.retryAfter ?? Math.min(pause * 2 ** (attempt - 1), longestPause));
    }
  }
}

/**
 * Observes repeatedly until a state is reached. Unlike {@link retry}, it does not retry failed requests.
 *
 * @param every milliseconds between two observations
 * @param deadline milliseconds since 1970. Default: none
 * @returns the observation that is done, or the last one before the deadline
 */
export async function poll<T>(
  observe: () => Promise<T>,
  isDone: (observed: T) => boolean,
  { every, deadline = Number.POSITIVE_INFINITY }: { readonly every: number; readonly deadline?: number },
): Promise<T> {
  for (;;) {
    const observed = await observe();
    const left = deadline - Date.now();
    if (isDone(observed) || left <= 0) return observed;
    await delay(Math.min(every, left));
  }
}
