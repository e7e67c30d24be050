import { randomUUID } from "node:crypto";

const placeholder = /<[a-z][a-z' ]*(?:-\d+)?>/g;

/** What the placeholders of a recording stand for in a replay. */
export class Values {
  private readonly known = new Map<string, string>();

  set(name: string, value: string): void {
    this.known.set(name, value);
  }

  get(name: string): string | undefined {
    return this.known.get(name);
  }

  /**
   * A recorded request with values in place of its placeholders. An id that no answer gave was the client's own: it gets a new one.
   *
   * @returns also the placeholders that nothing is known of
   */
  filled<T>(recorded: T): { value: T; unknown: string[] } {
    const unknown = new Set<string>();
    const fill = (name: string): string => {
      const known = this.known.get(name);
      if (known !== undefined) return known;
      if (name.startsWith("<id-")) {
        const id = randomUUID();
        this.known.set(name, id);
        return id;
      }
      unknown.add(name);
      return name;
    };
    const filled = JSON.stringify(recorded).replace(placeholder, (name) => JSON.stringify(fill(name)).slice(1, -1));
    return { value: JSON.parse(filled) as T, unknown: [...unknown] };
  }

  /** Learns from an answer what the placeholders at the same places of the recorded one stand for. */
  learn(recorded: unknown, actual: unknown): void {
    if (typeof recorded === "string" && typeof actual === "string") this.learnText(recorded, actual);
    if (!isObject(recorded) || !isObject(actual)) return;
    for (const [name, inner] of Object.entries(recorded)) this.learn(inner, actual[name]);
  }

  private learnText(recorded: string, actual: string): void {
    const names: readonly string[] = recorded.match(placeholder) ?? [];
    if (names.every((name) => this.known.has(name))) return;
    // What is known already has to be there as it is; the rest is learned.
    const pattern = recorded
      .split(/(<[a-z][a-z' ]*(?:-\d+)?>)/)
      .map((part) => (names.includes(part) && !this.known.has(part) ? "(.+?)" : escaped(this.known.get(part) ?? part)));
    const match = new RegExp(`^${pattern.join("")}$`, "i").exec(actual);
    const missing = names.filter((name) => !this.known.has(name));
    missing.forEach((name, index) => {
      const value = match?.[index + 1];
      if (value !== undefined && !this.known.has(name)) this.known.set(name, value);
    });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
