import type { CreatorQuota } from "./creatorQuota";
import type { Application, Clock, ServicePrincipal } from "./directoryObjects";

/** https://learn.microsoft.com/graph/api/resources/directory: how long a deleted object can be restored. */
const retention = 30 * 86_400_000;

export type DeletedItem = (
  | { readonly type: "application"; readonly object: Application }
  | { readonly type: "servicePrincipal"; readonly object: ServicePrincipal }
) & {
  /** Milliseconds. */
  readonly deletedAt: number;
};

/** The deleted applications and service principals that can still be restored. */
export class DeletedItems {
  private readonly items = new Map<string, DeletedItem>();

  constructor(
    private readonly clock: Clock,
    private readonly quota: CreatorQuota,
  ) {}

  add(item: Omit<DeletedItem, "deletedAt">): void {
    this.items.set(item.object.id, { ...item, deletedAt: this.clock() } as DeletedItem);
  }

  get(id: string): DeletedItem | undefined {
    this.expire();
    return this.items.get(id);
  }

  all(): DeletedItem[] {
    this.expire();
    return [...this.items.values()];
  }

  /** Removes an object that was restored. */
  take(id: string): void {
    this.items.delete(id);
  }

  purge(id: string): void {
    if (this.items.delete(id)) this.quota.gone(id, this.clock());
  }

  /** All deleted objects, including those that can no longer be restored. */
  objects(): (Application | ServicePrincipal)[] {
    return [...this.items.values()].map(({ object }) => object);
  }

  private expire(): void {
    for (const [id, { deletedAt }] of this.items) {
      const end = deletedAt + retention;
      if (this.clock() < end) continue;
      this.items.delete(id);
      this.quota.gone(id, end);
    }
  }
}
