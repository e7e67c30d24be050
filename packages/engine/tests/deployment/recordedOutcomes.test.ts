import { inParallel } from "@microservice-identities/proof/inParallel";
import { builtInHost, outcomesOf } from "../../../../tests/engine/differential/hosts";
import type { Outcomes } from "../../../../tests/engine/differential/outcome";
import { differentialPlans } from "../../../../tests/engine/differential/plans";
import { recordedOutcomes } from "../../../../tests/engine/differential/recording";

jest.setTimeout(300_000);

/** `npm run test:differential` compares both if there is a Pulumi CLI, and records the outcomes of the real provider. */
describe("the built-in engine ends as the recorded azuread provider", () => {
  const recorded = recordedOutcomes();
  const outcomes = new Map<string, Outcomes>();
  // Most of the time is spent on lags and pauses, so several plans run at the same time.
  beforeAll(() =>
    inParallel(differentialPlans, async (plan) => outcomes.set(plan.name, await outcomesOf(plan, builtInHost))),
  );

  it("has a recording of every plan, and of no other", () => {
    expect(Object.keys(recorded)).toEqual(differentialPlans.map(({ name }) => name));
  });

  it.each(differentialPlans)("$name", ({ name }) => {
    expect(outcomes.get(name)).toEqual(recorded[name]);
  });
});
