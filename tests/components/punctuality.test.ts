import { Punctuality } from "../../components/punctuality";

const patience = { longestWait: 5, longestPause: 1 };
const visible = async () => true;

describe("the wait for a write", () => {
  it("ends after three looks in a row that show it", async () => {
    const answers = [false, true, true, false, true, true, true, true];
    let looks = 0;
    const look = async () => answers[looks++] ?? true;
    expect(await new Punctuality().untilVisible(look, { longestWait: 60_000, longestPause: 1 })).toBe(true);
    expect(looks).toBe(7);
  });

  it("gives up when the longest wait has passed", async () => {
    expect(await new Punctuality().untilVisible(async () => false, patience)).toBe(false);
  });

  it("throws the error of a look", async () => {
    const look = () => Promise.reject(new Error("unexpected status 403"));
    await expect(new Punctuality().untilVisible(look, patience)).rejects.toThrow("unexpected status 403");
  });

  it("is skipped after twenty punctual writes, except each tenth, until a write is late again", async () => {
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

  it("is made for each write again after one that was late", async () => {
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
