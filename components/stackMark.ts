import type * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";

/**
 * The tag for the mark of a stack: `pulumi-stack:{mark}` on an application, `pulumi-stack` = `{mark}` on resources of Resource
 * Manager. A deployment uses it to recognise resources that an interrupted deployment of the same stack created.
 */
export const markTag = "pulumi-stack";

/**
 * The mark of a stack: a GUID that is generated once and kept in its state. The names of the project and the stack are not
 * enough: two teams can both have a stack `dev` of the same template, and neither may touch the other's resources.
 */
export const stackMark = (name: string, parent: pulumi.Resource): pulumi.Output<string> =>
  new RandomUuid(`${name}-mark`, {}, { parent }).result;
