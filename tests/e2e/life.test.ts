import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { describeLife } from "@microservice-identities/test-support/life";
import program from "../../stacks/index";

// Each step runs a proof in a separate process. The program runs in this process; shop.test.ts runs it in a separate one.
jest.setTimeout(60_000);

describeLife("the built-in engine", {
  createStack: async (options) => new BuiltInStack(options, program),
  failing: (stack) => stack.inOwnProcess(),
});
