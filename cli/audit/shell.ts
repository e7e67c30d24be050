/**
 * A command line whose values are quoted if a shell would otherwise interpret them. Names in a tenant are chosen by
 * others, and people paste these lines into a shell.
 */
export const shell = (parts: TemplateStringsArray, ...values: readonly unknown[]): string =>
  parts.reduce((line, part, index) => `${line}${quoted(`${values[index - 1]}`)}${part}`);

const quoted = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
