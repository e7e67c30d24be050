import { setTimeout as delay } from "node:timers/promises";

/** How long a program looks for a write, in milliseconds. */
export interface Patience {
  /** How long it looks at most. */
  readonly longestWait: number;
  /** How long it pauses at most between two looks. */
  readonly longestPause: number;
}

/**
 * Whether Entra shows writes at once, and with it how often a program has to look. Each look costs requests, so a program
 * skips most of them while Entra is punctual. The first late write makes it look for each one again.
 *
 * A skipped look is not a blind one: the azuread provider itself reads each object right after it has written it, when a late
 * replica is most likely to answer. If that read fails, {@link wasLate} is called.
 */
export class Punctuality {
  /** How many writes in a row were visible at once. */
  private punctual = 0;
  private skipped = 0;

  /**
   * Looks until a write is visible three times in a row: each look may reach another replica.
   *
   * @param look whether Entra shows the write
   * @returns whether it is visible; true if it is not looked for
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

  /** A write was not visible: the program looks for each one again. */
  wasLate(): void {
    this.punctual = 0;
  }
}

const sightings = 3;
/** Milliseconds. */
const betweenSightings = 100;
/** So many punctual writes are 60 looks: if one look in twenty were late, they would show it with a probability of 95 %. */
const punctualWrites = 20;
const spotCheckEach = 10;
