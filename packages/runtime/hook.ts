let isWarned = false;

/**
 * Runs a foreign function that must neither fail nor delay a request. An error that it throws, or rejects with, becomes one
 * process warning with the code `RUNTIME_HOOK_FAILED`.
 */
export function runHook(name: string, hook: () => unknown): void {
  try {
    const result = hook();
    if (isThenable(result)) result.then(undefined, (error: unknown) => warn(name, error));
  } catch (error) {
    warn(name, error);
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

function warn(name: string, error: unknown): void {
  if (isWarned) return;
  isWarned = true;
  const what = nameOf(error);
  process.emitWarning(`${name} failed: ${what}. Further failures are not reported.`, { code: "RUNTIME_HOOK_FAILED" });
}

/** Reading the name can also throw, and the name may not be a string. */
function nameOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) : typeof error;
  } catch {
    return "an error";
  }
}
