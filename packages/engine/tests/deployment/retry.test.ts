import { poll, retry, TransientError } from "../../deployment/retry";

/** Fails with each of the errors in order, and then succeeds. */
function failing(...errors: Error[]) {
  const attempts: number[] = [];
  const work = async () => {
    attempts.push(performance.now());
    const error = errors[attempts.length - 1];
    if (error) throw error;
    return "done";
  };
  return { attempts, work };
}
const transient = (message: string, retryAfter?: number) => new TransientError(new Error(message), retryAfter);

describe("a retry", () => {
  it("repeats a transient failure, with pauses that double, or as long as the server asks for", async () => {
    const { attempts, work } = failing(transient("one"), transient("two"), transient("three", 0));
    expect(await retry(work, { attempts: 4, pause: 20 })).toBe("done");
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(pauses.map((pause, index) => pause >= ([19, 39, 0][index] ?? 0))).toEqual([true, true, true]);
  });

  it("fails with the reason of the last failure after its last attempt", async () => {
    const { attempts, work } = failing(transient("one"), transient("two"), transient("three"));
    await expect(retry(work, { attempts: 2, pause: 0 })).rejects.toEqual(new Error("two"));
    expect(attempts).toHaveLength(2);
  });

  it("fails at once with any other error", async () => {
    const { attempts, work } = failing(new Error("refused"));
    await expect(retry(work, { attempts: 4, pause: 0 })).rejects.toEqual(new Error("refused"));
    expect(attempts).toHaveLength(1);
  });
});

describe("a poll", () => {
  it("polls until the operation is done", async () => {
    let count = 0;
    expect(
      await poll(
        async () => ++count,
        (seen) => seen === 3,
        { every: 0 },
      ),
    ).toBe(3);
  });

  it("returns the last result after the deadline, and polls at least once", async () => {
    let count = 0;
    const observe = async () => ++count;
    expect(await poll(observe, () => false, { every: 10, deadline: Date.now() - 1 })).toBe(1);
  });
});
