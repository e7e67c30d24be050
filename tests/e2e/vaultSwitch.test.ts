import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { describeVaultSwitch } from "@microservice-identities/test-support/vaultSwitch";
import program from "../../stacks/index";

jest.setTimeout(60_000);

describeVaultSwitch("the built-in engine", async (options) => new BuiltInStack(options, program));
