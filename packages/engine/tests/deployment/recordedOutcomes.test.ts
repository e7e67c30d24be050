import { inParallel } from "@microservice-identities/proof/inParallel";
import { builtInHost, outcomesOf } from "../../../../tests/engine/differential/hosts";
import type { Outcomes } from "../../../../tests/engine/differential/outcome";
import { differentialPlans } from "../../../../tests/engine/differential/plans";
import { recordedOutcomes } from "../../../../tests/engine/differential/recording";

jest.setTimeout(300_000);

/** With a Pulumi CLI, `npm run test:differential` runs both engines, compares them, and can record the real provider's results. */
describe("the built-in engine has the same result as the recorded azuread provider", () => {
  const recorded = recordedOutcomes();
  const outcomes = new Map<string, Outcomes>();
  // The plans mostly wait for delays and pauses, so several of them run at the same time.
  beforeAll(() =>
    inParallel(differentialPlans, async (plan) => outcomes.set(plan.name, await outcomesOf(plan, builtInHost))),
  );

  it("has a recording of exactly these plans", () => {
    expect(Object.keys(recorded)).toEqual(differentialPlans.map(({ name }) => name));
  });

  it.each(differentialPlans)("$name", ({ name }) => {
    expect(outcomes.get(name)).toEqual(recorded[name]);
  });
});
