import { Listr, PRESET_TIMER } from "listr2";
import { seconds } from "./terminal";

/** The work of a step. */
type Work<T> = (progress: (text: string) => void, note: (line: string) => void) => Promise<T>;

/** Runs the steps of a command one after the other. Progress is live on a terminal and plain lines in a log. */
export class Phases {
  /** Milliseconds of each finished step. */
  readonly times: Record<string, number> = {};

  /**
   * @param work receives a function that shows progress on a terminal, where only the last text stays, and one that prints a
   *   line that stays, in logs too
   */
  async run<T>(name: string, work: Work<T>): Promise<T> {
    return process.stdout.isTTY ? this.live(name, work) : this.logged(name, work);
  }

  private async live<T>(name: string, work: Work<T>): Promise<T> {
    const results: T[] = [];
    await new Listr(
      [
        {
          title: name,
          task: async (_context, task) => {
            results.push(
              await this.timed(name, () =>
                work(
                  (text) => (task.output = text),
                  (line) => (task.title = `${task.title}\n  ${line}`),
                ),
              ),
            );
          },
        },
      ],
      // Commands handle Ctrl+C themselves, because they must clean up.
      { rendererOptions: { timer: PRESET_TIMER }, registerSignalListeners: false },
    ).run();
    return results[0] as T;
  }

  private async logged<T>(name: string, work: Work<T>): Promise<T> {
    console.log(`${name} ...`);
    const result = await this.timed(name, () =>
      work(
        () => {},
        (line) => console.log(`  ${line}`),
      ),
    );
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
