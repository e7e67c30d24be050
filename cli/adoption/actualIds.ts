/** The ids that exist in Azure, by those that the offline evaluation generated in their place, as far as they are known. */
export class ActualIds {
  private readonly actualByGenerated = new Map<string, string>();

  learn(generated: unknown, actual: unknown): void {
    if (typeof generated === "string" && typeof actual === "string" && generated !== "")
      this.actualByGenerated.set(generated, actual);
  }

  /** The same value with every id in it replaced that is known by now. */
  in(value: unknown): unknown {
    if (typeof value === "string") {
      const whole = this.actualByGenerated.get(value);
      return (
        whole ??
        value.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => this.actualByGenerated.get(id) ?? id)
      );
    }
    if (Array.isArray(value)) return value.map((each) => this.in(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.in(each)]));
  }

  /** Whether an id is one that exists. */
  exists(id: unknown): boolean {
    return [...this.actualByGenerated.values()].includes(`${id}`);
  }
}
