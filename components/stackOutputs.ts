import * as pulumi from "@pulumi/pulumi";

/** The full name of a stack. A name without slashes is a stack of this project. */
export const fullStackName = (name: string): string =>
  name.includes("/") ? name : `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`;

/**
 * The outputs of a stack's last deployment, or `undefined` if the stack does not exist. It calls the function that
 * `StackReference` uses: that resource would report every deployment of the other stack as drift of this one, and would fail
 * if the stack does not exist yet.
 *
 * @param name as {@link fullStackName} returns it
 */
export async function outputsOfStack<T>(name: string): Promise<T | undefined> {
  try {
    const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
    return outputs as T;
  } catch (error) {
    if (/unknown stack/.test((error as Error).message)) return undefined;
    throw error;
  }
}
