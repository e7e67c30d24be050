import { setTimeout as delay } from "node:timers/promises";
import type { SignIn } from "./secretSignIn";

/** Whether Entra accepts a secret, as far as this machine can see. */
export type Acceptance =
  | { readonly kind: "accepted" }
  /** Entra still refused the secret after `seconds`, the longest wait. `code` is its last error. */
  | { readonly kind: "refused"; readonly code: string; readonly seconds: number }
  | { readonly kind: "unknown"; readonly reason: string };

/** How many attempts in a row must be accepted: each may reach another replica of Entra. */
export const acceptances = 10;
/** Milliseconds. Users report delays of seconds (microsoft-graph-docs issue 17966). Microsoft does not document an upper limit. */
const defaultLongestWait = 300_000;
/** Milliseconds between refused attempts. */
const longestPause = 5_000;
/** After this many failures in a row, this machine cannot test the secret. A single dropped connection does not show that. */
const mostFailures = 3;

/**
 * Tries a new secret until it is accepted several times in a row, for at least as long as it was refused before, because other
 * replicas may be slower than those that answered. If no attempt is refused, there is no such wait.
 */
export async function acceptanceOf(
  attempt: () => Promise<SignIn>,
  longestWait = defaultLongestWait,
): Promise<Acceptance> {
  const began = Date.now();
  let [refusedUntil, accepted, refused, failures] = [began, 0, 0, 0];
  for (;;) {
    const signIn = await attempt();
    const now = Date.now();
    const lag = refusedUntil - began;
    if (signIn.kind === "impossible") {
      accepted = 0;
      if (++failures === mostFailures) return { kind: "unknown", reason: signIn.reason };
      await delay(250);
    } else if (signIn.kind === "accepted") {
      failures = 0;
      if (++accepted >= acceptances && now - refusedUntil >= lag) return signIn;
      if (lag > 0) await delay(Math.min(Math.ceil(lag / acceptances), longestPause));
    } else {
      [refusedUntil, accepted, failures] = [now, 0, 0];
      const seconds = Math.round((now - began) / 1000);
      if (now - began >= longestWait) return { kind: "refused", code: signIn.code, seconds };
      await delay(Math.min(250 * 2 ** refused++, longestPause));
    }
  }
}
