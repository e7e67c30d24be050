import { type RetryPolicy, retry, TransientError } from "@microservice-identities/engine/deployment/retry";

/** Six seconds in total, because Azure's clients give up earlier. */
const policy: RetryPolicy = { attempts: 7, pause: 100 };

/**
 * Retries transient failures, which show nothing about the landscape.
 *
 * @param isTransient Default: true for every failure
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

/** `fetch` that retries answers of 429 and 5xx. */
export const retryingFetch: typeof fetch = (input, init) =>
  retrying(async () => {
    const response = await fetch(input, init);
    if (response.status === 429 || response.status >= 500) throw new Error(`GET ${response.url}: ${response.status}`);
    return response;
  });
