import { Listr, PRESET_TIMER } from "listr2";
import { seconds } from "./terminal";

/** Runs the steps of a command one after the other: shown live on a terminal, as plain lines in a log. */
export class Phases {
  /** Milliseconds of each finished step. */
  readonly times: Record<string, number> = {};

  async run<T>(name: string, work: (progress: (text: string) => void) => Promise<T>): Promise<T> {
    return process.stdout.isTTY ? this.live(name, work) : this.logged(name, work);
  }

  private async live<T>(name: string, work: (progress: (text: string) => void) => Promise<T>): Promise<T> {
    const results: T[] = [];
    await new Listr(
      [
        {
          title: name,
          task: async (_context, task) => {
            results.push(await this.timed(name, () => work((text) => (task.output = text))));
          },
        },
      ],
      // A command stops on Ctrl+C in its own way: it has something to put away.
      { rendererOptions: { timer: PRESET_TIMER }, registerSignalListeners: false },
    ).run();
    return results[0] as T;
  }

  private async logged<T>(name: string, work: (progress: (text: string) => void) => Promise<T>): Promise<T> {
    console.log(`${name} ...`);
    const result = await this.timed(name, () => work(() => {}));
    console.log(`${name}: done in ${seconds(this.times[name] ?? 0)}`);
    return result;
  }

  private async timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await work();
    this.times[name] = performance.now() - begun;
    return result;
  }
}
