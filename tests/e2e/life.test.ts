import { BuiltInStack } from "../../local/deployment/builtInEngine";
import { describeLife } from "../support/life";

// Each step runs a program and a proof in processes of their own.
jest.setTimeout(60_000);

describeLife("the built-in engine", async (options) => new BuiltInStack(options));
