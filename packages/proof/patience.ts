import { setTimeout as delay } from "node:timers/promises";

const attempts = 7;

/**
 * Does it again while it fails for a reason that passes: the proof is about what Azure decides, not about its bad moments.
 *
 * @param passes whether an error is such a reason. Default: every one
 * @throws the last error
 */
export async function patiently<T>(
  work: () => Promise<T>,
  passes: (error: unknown) => boolean = () => true,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !passes(error)) throw error;
      await delay(50 * 2 ** attempt);
    }
  }
}

/** `fetch`, with the answers that pass by themselves as errors. */
export const patientFetch: typeof fetch = (input, init) =>
  patiently(async () => {
    const response = await fetch(input, init);
    if (response.status === 429 || response.status >= 500) throw new Error(`GET ${response.url}: ${response.status}`);
    return response;
  });

/** Observes again, every ten seconds, until it is as it has to be or the time is over. */
export async function until<T>(
  observe: () => Promise<T>,
  isDone: (observed: T) => boolean,
  deadline: number,
): Promise<T> {
  for (;;) {
    const observed = await observe();
    const left = deadline - Date.now();
    if (isDone(observed) || left <= 0) return observed;
    await delay(Math.min(10_000, left));
  }
}
