import type * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";

/**
 * The tag that what a stack makes is marked with: `pulumi-stack:{mark}` on an application, `pulumi-stack` = `{mark}` on what
 * Resource Manager keeps. By it, a deployment recognises what an earlier one of the same stack made and lost sight of.
 */
export const markTag = "pulumi-stack";

/**
 * A stack's own mark: a GUID that is made once and kept in its state. The names of project and stack would not do: two teams
 * may both have a `dev` of the same template, and neither may touch what the other made.
 */
export const stackMark = (name: string, parent: pulumi.Resource): pulumi.Output<string> =>
  new RandomUuid(`${name}-mark`, {}, { parent }).result;
