import { type Acceptance, acceptanceOf, acceptances } from "../../components/secretAcceptance";
import type { SignIn } from "../../components/secretSignIn";

const accepted: SignIn = { kind: "accepted" };
const refused: SignIn = { kind: "refused", code: "AADSTS7000215" };
const impossible: SignIn = { kind: "impossible", reason: "Entra answers AADSTS53003" };

describe("a new secret", () => {
  /** Gives the answers, and then the last one for ever. */
  const tried = async (answers: readonly SignIn[], longestWait?: number): Promise<[Acceptance, attempts: number]> => {
    let attempts = 0;
    const attempt = async () => answers[Math.min(attempts++, answers.length - 1)] as SignIn;
    return [await acceptanceOf(attempt, longestWait), attempts];
  };

  it("that no replica refuses is accepted after ten attempts", async () => {
    expect(await tried([accepted])).toEqual([accepted, 10]);
    expect(acceptances).toBe(10);
  });

  it("is accepted only when ten attempts in a row are, and nothing before a refusal counts", async () => {
    const nine = Array.from({ length: 9 }, () => accepted);
    const [acceptance, attempts] = await tried([...nine, refused, ...nine, refused, accepted]);
    expect(acceptance).toEqual(accepted);
    expect(attempts).toBeGreaterThanOrEqual(30);
  });

  it("has to be accepted for as long as it was refused", async () => {
    const began = Date.now();
    let [lastRefusal, attempts] = [0, 0];
    await acceptanceOf(async () => {
      if (++attempts > 2) return accepted;
      lastRefusal = Date.now();
      return refused;
    });
    expect(Date.now() - lastRefusal).toBeGreaterThanOrEqual(lastRefusal - began);
    expect(lastRefusal - began).toBeGreaterThanOrEqual(250);
  });

  it("that stays refused is given up, with Entra's code", async () => {
    expect(await tried([refused], 0)).toEqual([{ kind: "refused", code: "AADSTS7000215", seconds: 0 }, 1]);
  });

  it("that cannot be tried is not known after three attempts, and one lost connection is no reason", async () => {
    expect(await tried([impossible])).toEqual([{ kind: "unknown", reason: "Entra answers AADSTS53003" }, 3]);
    expect((await tried([accepted, impossible, accepted]))[0]).toEqual(accepted);
  });
});
