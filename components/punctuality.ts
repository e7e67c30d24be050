import { setTimeout as delay } from "node:timers/promises";

/** How long a program waits until a write is visible, in milliseconds. */
export interface Patience {
  /** The maximum total wait. */
  readonly longestWait: number;
  /** The maximum pause between two reads. */
  readonly longestPause: number;
}

/**
 * Whether Entra shows writes at once, and therefore how often a program has to check. Each check costs requests, so a program
 * skips most checks while Entra is punctual. After the first late write, it checks every write again.
 *
 * Skipping a check is safe: the azuread provider itself reads each object right after it has written it, when a late
 * replica is most likely to answer. If that read fails, {@link wasLate} is called.
 */
export class Punctuality {
  /** How many writes in a row were visible at once. */
  private punctual = 0;
  private skipped = 0;

  /**
   * Reads until a write is visible three times in a row, because each read may reach another replica.
   *
   * @param look reads from Entra, and returns whether the write is visible
   * @returns whether it is visible; also true if the check is skipped
   */
  async untilVisible(look: () => Promise<boolean>, { longestWait, longestPause }: Patience): Promise<boolean> {
    if (this.punctual >= punctualWrites && ++this.skipped % spotCheckEach !== 0) return true;
    const deadline = Date.now() + longestWait;
    for (let seen = 0, missed = 0; ; ) {
      if (await look()) {
        seen++;
        if (seen === sightings) break;
        await delay(Math.min(betweenSightings, longestPause));
      } else {
        seen = 0;
        missed++;
        this.wasLate();
        if (Date.now() > deadline) return false;
        await delay(Math.min(125 * 2 ** missed, longestPause));
      }
    }
    this.punctual++;
    return true;
  }

  /** Call it when a write was not visible. Every write is checked again from then on. */
  wasLate(): void {
    this.punctual = 0;
  }
}

const sightings = 3;
/** Milliseconds. */
const betweenSightings = 100;
/** 20 writes are 60 reads. If one read in twenty were late, 60 reads would show it with a probability of 95 %. */
const punctualWrites = 20;
const spotCheckEach = 10;
