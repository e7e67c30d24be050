import { Punctuality } from "../../components/punctuality";

const patience = { longestWait: 5, longestPause: 1 };
const visible = async () => true;

describe("the wait until a write is visible", () => {
  it("ends after three reads in a row that show the write", async () => {
    const answers = [false, true, true, false, true, true, true, true];
    let reads = 0;
    const read = async () => answers[reads++] ?? true;
    expect(await new Punctuality().untilVisible(read, { longestWait: 60_000, longestPause: 1 })).toBe(true);
    expect(reads).toBe(7);
  });

  it("ends without success after the longest wait", async () => {
    expect(await new Punctuality().untilVisible(async () => false, patience)).toBe(false);
  });

  it("throws the error of a read", async () => {
    const read = () => Promise.reject(new Error("unexpected status 403"));
    await expect(new Punctuality().untilVisible(read, patience)).rejects.toThrow("unexpected status 403");
  });

  it("happens only for each tenth write after twenty punctual ones, until a write is late again", async () => {
    const punctuality = new Punctuality();
    const readsOf = async (writes: number, read: () => Promise<boolean> = visible) => {
      const reads: number[] = [];
      for (let write = 0; write < writes; write++) {
        let count = 0;
        await punctuality.untilVisible(() => {
          count++;
          return read();
        }, patience);
        reads.push(count);
      }
      return reads;
    };
    const skipped = Array.from({ length: 9 }, () => 0);
    expect(await readsOf(20)).toEqual(Array.from({ length: 20 }, () => 3));
    expect(await readsOf(20)).toEqual([...skipped, 3, ...skipped, 3]);
    punctuality.wasLate();
    expect(await readsOf(2)).toEqual([3, 3]);
  });

  it("happens for every write again after a late one", async () => {
    const punctuality = new Punctuality();
    for (let write = 0; write < 29; write++) await punctuality.untilVisible(visible, patience);
    let reads = 0;
    await punctuality.untilVisible(async () => reads++ > 0, patience);
    expect(reads).toBe(4);
    for (const expected of [3, 3]) {
      reads = 0;
      await punctuality.untilVisible(async () => reads++ >= 0, patience);
      expect(reads).toBe(expected);
    }
  });
});
