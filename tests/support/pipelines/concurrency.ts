/**
 * The concurrency groups of a repository: in each group, at most one run is active and at most one waits.
 * https://docs.github.com/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
 */
export class ConcurrencyGroups {
  private readonly groups = new Map<string, { running?: Member; waiting?: Member }>();

  /** Waits for its turn. @returns false if a later run took its place in the queue */
  enter(name: string, cancelRunning: boolean, cancel: () => void): Promise<boolean> {
    const group = this.groups.get(name) ?? {};
    this.groups.set(name, group);
    return new Promise((resolve) => {
      const member: Member = { begin: resolve, cancel };
      if (group.running === undefined) {
        group.running = member;
        resolve(true);
        return;
      }
      group.waiting?.begin(false);
      group.waiting = member;
      if (cancelRunning) group.running.cancel();
    });
  }

  leave(name: string): void {
    const group = this.groups.get(name);
    if (!group) return;
    group.running = group.waiting;
    group.waiting = undefined;
    group.running?.begin(true);
  }
}

interface Member {
  begin(itsTurn: boolean): void;
  cancel(): void;
}
