import { builtInHost, outcomesOf } from "../../../../tests/engine/differential/hosts";
import { differentialPlans } from "../../../../tests/engine/differential/plans";
import { recordedOutcomes } from "../../../../tests/engine/differential/recording";

jest.setTimeout(60_000);

/** `npm run test:differential` compares the two where a Pulumi CLI is, and records what the real provider ends in. */
describe("the built-in engine ends as the recorded azuread provider", () => {
  const recorded = recordedOutcomes();

  it("in every plan of faults", () => {
    expect(Object.keys(recorded)).toEqual(differentialPlans.map(({ name }) => name));
  });

  it.each(differentialPlans)("$name", async (plan) => {
    expect(await outcomesOf(plan, builtInHost)).toEqual(recorded[plan.name]);
  });
});
