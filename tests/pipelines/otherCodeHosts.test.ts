import { describeOtherCodeHosts } from "@microservice-identities/test-support/pipelines/otherCodeHosts";

jest.setTimeout(600_000);

describeOtherCodeHosts("the built-in engine");
