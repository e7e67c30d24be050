import { type Acceptance, acceptanceOf, acceptances } from "../../components/secretAcceptance";
import type { SignIn } from "../../components/secretSignIn";

const accepted: SignIn = { kind: "accepted" };
const refused: SignIn = { kind: "refused", code: "AADSTS7000215" };
const impossible: SignIn = { kind: "impossible", reason: "Entra answers AADSTS53003" };

describe("a new secret", () => {
  /** Tries a secret. The attempts return the given answers in order, and then always the last one. */
  const tried = async (answers: readonly SignIn[], longestWait?: number): Promise<[Acceptance, attempts: number]> => {
    let attempts = 0;
    const attempt = async () => answers[Math.min(attempts++, answers.length - 1)] as SignIn;
    return [await acceptanceOf(attempt, longestWait), attempts];
  };

  it("counts as accepted after ten attempts without a refusal", async () => {
    expect(await tried([accepted])).toEqual([accepted, 10]);
    expect(acceptances).toBe(10);
  });

  it("counts as accepted only after ten accepted attempts in a row", async () => {
    const nine = Array.from({ length: 9 }, () => accepted);
    const [acceptance, attempts] = await tried([...nine, refused, ...nine, refused, accepted]);
    expect(acceptance).toEqual(accepted);
    expect(attempts).toBeGreaterThanOrEqual(30);
  });

  it("must be accepted for at least as long as it was refused", async () => {
    const began = Date.now();
    let [lastRefusal, attempts] = [0, 0];
    await acceptanceOf(async () => {
      if (++attempts > 3) return accepted;
      lastRefusal = Date.now();
      return refused;
    });
    expect(Date.now() - lastRefusal).toBeGreaterThanOrEqual(lastRefusal - began);
    // Pauses of 250 and 500 ms between the refusals. By this clock, a timer can end a millisecond early.
    expect(lastRefusal - began).toBeGreaterThanOrEqual(500);
  });

  it("counts as refused, with Entra's code, if it is not accepted within the longest wait", async () => {
    expect(await tried([refused], 0)).toEqual([{ kind: "refused", code: "AADSTS7000215", seconds: 0 }, 1]);
  });

  it("has an unknown state after three attempts that cannot be made, but not after a single one", async () => {
    expect(await tried([impossible])).toEqual([{ kind: "unknown", reason: "Entra answers AADSTS53003" }, 3]);
    expect((await tried([accepted, impossible, accepted]))[0]).toEqual(accepted);
  });
});
