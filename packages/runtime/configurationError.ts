/** A setting that is missing, or is not what it should be. The message names it, its value, and what is allowed. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** For a program to tell it from other errors: never changes. */
  readonly code = "ERR_CONFIGURATION";
}
