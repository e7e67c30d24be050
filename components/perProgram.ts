import * as pulumi from "@pulumi/pulumi";

/** A value for each Pulumi program that runs in this process: a process may run one program after the other. */
export function perProgram<T>(create: () => T): () => T {
  const values = new WeakMap<object, T>();
  return () => {
    const program = pulumi.runtime.getStackResource() ?? programWithoutStack;
    const value = values.get(program) ?? create();
    values.set(program, value);
    return value;
  };
}

/** A plugin's process has no stack of its own. */
const programWithoutStack = {};
