/**
 * The tag for the mark of a stack: `pulumi-stack:{mark}` on an application, `pulumi-stack` = `{mark}` on resources of Resource
 * Manager. A deployment uses it to recognise resources that an interrupted deployment of the same stack created.
 */
export const markTag = "pulumi-stack";
