import { Resource } from "@pulumi/pulumi";

/**
 * Keeps the SDK from recording where in the program each resource is created. Pulumi stores these positions in the state and shows
 * them nowhere else than in its JSON output. They are a sixth of the state, which the CLI writes before and after each resource, and they
 * are wrong here: they refer to the code that tsx compiles, all of which is one line. See docs/performance.md.
 *
 * An SDK that works differently still records them.
 */
export function withoutPositions(): void {
  const recorder = Resource as unknown as { stackTrace?: () => readonly unknown[] };
  if (recorder.stackTrace !== undefined) recorder.stackTrace = () => [];
}
