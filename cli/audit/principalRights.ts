/** What principals may do, collected while the rest of the audit reads: the rights of a group are those of its members. */
export class PrincipalRights {
  private readonly atStack = new Map<string, Set<string>>();
  private readonly anywhere = new Map<string, Set<string>>();

  /**
   * @param right completes the sentence "the group …"
   * @param isAtStack whether it is a right to an object of the stack
   */
  add(principalId: unknown, right: string, isAtStack: boolean): void {
    const key = `${principalId}`.toLowerCase();
    for (const map of isAtStack ? [this.atStack, this.anywhere] : [this.anywhere])
      map.set(key, new Set([...(map.get(key) ?? []), right]));
  }

  /** The principals with rights to objects of the stack. */
  get holders(): readonly string[] {
    return [...this.atStack.keys()];
  }

  of(principalId: string): readonly string[] {
    return [...(this.anywhere.get(principalId.toLowerCase()) ?? [])];
  }
}
