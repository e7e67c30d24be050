import type * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";

/**
 * The mark of a stack: a GUID that is generated once and kept in its state. The names of the project and the stack are not
 * enough: two teams can both have a stack `dev` of the same template, and neither may touch the other's resources.
 */
export const stackMark = (name: string, parent: pulumi.Resource): pulumi.Output<string> =>
  new RandomUuid(`${name}-mark`, {}, { parent }).result;
