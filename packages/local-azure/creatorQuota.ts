import type { Clock } from "./directoryObjects";

const day = 86_400_000;

/**
 * How much of its quota a principal has used. Objects count while they exist or can be restored; after that, each counts
 * a quarter for 30 days. https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
 */
export class CreatorQuota {
  private readonly creators = new Map<string, string>();
  private readonly counts = new Map<string, number>();
  /** By creator, when each of its removed objects stops counting a quarter, in milliseconds. */
  private readonly quarters = new Map<string, number[]>();

  constructor(private readonly clock: Clock) {}

  created(id: string, creator: string): void {
    this.creators.set(id, creator);
    this.counts.set(creator, (this.counts.get(creator) ?? 0) + 1);
  }

  /** @param at when it could no longer be restored, in milliseconds */
  gone(id: string, at: number): void {
    const creator = this.creators.get(id);
    if (creator === undefined) return;
    this.creators.delete(id);
    this.counts.set(creator, (this.counts.get(creator) ?? 0) - 1);
    this.quarters.set(creator, [...this.current(creator), at + 30 * day]);
  }

  usedBy(creator: string): number {
    return (this.counts.get(creator) ?? 0) + this.current(creator).length / 4;
  }

  private current(creator: string): number[] {
    return (this.quarters.get(creator) ?? []).filter((until) => this.clock() < until);
  }
}
