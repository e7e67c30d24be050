import { Punctuality } from "../../components/punctuality";

const patience = { longestWait: 5, longestPause: 1 };
const visible = async () => true;

describe("the wait until a write is visible", () => {
  it("ends after three reads in a row that show the write", async () => {
    const answers = [false, true, true, false, true, true, true, true];
    let looks = 0;
    const look = async () => answers[looks++] ?? true;
    expect(await new Punctuality().untilVisible(look, { longestWait: 60_000, longestPause: 1 })).toBe(true);
    expect(looks).toBe(7);
  });

  it("ends without success after the longest wait", async () => {
    expect(await new Punctuality().untilVisible(async () => false, patience)).toBe(false);
  });

  it("throws the error of a read", async () => {
    const look = () => Promise.reject(new Error("unexpected status 403"));
    await expect(new Punctuality().untilVisible(look, patience)).rejects.toThrow("unexpected status 403");
  });

  it("happens only for each tenth write after twenty punctual ones, until a write is late again", async () => {
    const punctuality = new Punctuality();
    const looksOf = async (writes: number, look: () => Promise<boolean> = visible) => {
      const looks: number[] = [];
      for (let write = 0; write < writes; write++) {
        let count = 0;
        await punctuality.untilVisible(() => {
          count++;
          return look();
        }, patience);
        looks.push(count);
      }
      return looks;
    };
    const skipped = Array.from({ length: 9 }, () => 0);
    expect(await looksOf(20)).toEqual(Array.from({ length: 20 }, () => 3));
    expect(await looksOf(20)).toEqual([...skipped, 3, ...skipped, 3]);
    punctuality.wasLate();
    expect(await looksOf(2)).toEqual([3, 3]);
  });

  it("happens for every write again after a late one", async () => {
    const punctuality = new Punctuality();
    for (let write = 0; write < 29; write++) await punctuality.untilVisible(visible, patience);
    let looks = 0;
    await punctuality.untilVisible(async () => looks++ > 0, patience);
    expect(looks).toBe(4);
    for (const expected of [3, 3]) {
      looks = 0;
      await punctuality.untilVisible(async () => looks++ >= 0, patience);
      expect(looks).toBe(expected);
    }
  });
});
