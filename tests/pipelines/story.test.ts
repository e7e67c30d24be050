import { describeStory } from "@microservice-identities/test-support/pipelines/story";

jest.setTimeout(600_000);

describeStory("the built-in engine");
