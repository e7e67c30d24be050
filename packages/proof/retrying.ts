import { type RetryPolicy, retry, TransientError } from "@microservice-identities/engine/deployment/retry";

/** Six seconds in all: a bad minute of Azure outlasts what its clients try by themselves. */
const policy: RetryPolicy = { attempts: 7, pause: 100 };

/**
 * Retries transient failures: the proof is about what Azure decides, not about its bad moments.
 *
 * @param isTransient Default: every failure is
 * @throws the last error
 */
export const retrying = <T>(
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean = () => true,
): Promise<T> =>
  retry(async () => {
    try {
      return await work();
    } catch (error) {
      throw isTransient(error) ? new TransientError(error) : error;
    }
  }, policy);

/** `fetch`, which retries answers that blame the server or the rate of requests. */
export const retryingFetch: typeof fetch = (input, init) =>
  retrying(async () => {
    const response = await fetch(input, init);
    if (response.status === 429 || response.status >= 500) throw new Error(`GET ${response.url}: ${response.status}`);
    return response;
  });
