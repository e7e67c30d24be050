import { setTimeout as delay } from "node:timers/promises";
import type { SignIn } from "./secretSignIn";

/** Whether Entra accepts a secret, as far as this machine can see. */
export type Acceptance =
  | { readonly kind: "accepted" }
  /** For as long as there was patience. */
  | { readonly kind: "refused"; readonly code: string; readonly seconds: number }
  | { readonly kind: "unknown"; readonly reason: string };

/** How many attempts in a row must be accepted: each may reach another replica of Entra. */
export const acceptances = 10;
/** Milliseconds. Reports speak of seconds (microsoft-graph-docs issue 17966); Microsoft documents no upper limit. */
const patience = 300_000;
/** Milliseconds between refused attempts. */
const longestPause = 5_000;
/** A dropped connection is no sign that this machine may not sign in. */
const mostFailures = 3;

/**
 * Tries a new secret until it is accepted several times in a row, and for as long again as it was refused: so long a replica
 * that is slower than those that were asked may take. Without a refusal it waits for nothing.
 */
export async function acceptanceOf(attempt: () => Promise<SignIn>, longestWait = patience): Promise<Acceptance> {
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
