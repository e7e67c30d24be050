import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { describeMishaps } from "@microservice-identities/test-support/mishaps";
import program from "../../stacks/index";

jest.setTimeout(60_000);

describeMishaps("the built-in engine", async (options) => new BuiltInStack(options, program), {
  failing: (stack) => stack.inOwnProcess(),
});
