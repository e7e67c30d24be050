import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { describeLife } from "@microservice-identities/test-support/life";
import program from "../../stacks/index";

// Each step runs a proof in a process of its own. The program runs in this one: that it also does so in its own process is
// the shop's to show.
jest.setTimeout(60_000);

describeLife("the built-in engine", {
  createStack: async (options) => new BuiltInStack(options, program),
  failing: (stack) => stack.inOwnProcess(),
});
