/** A setting is missing or invalid. The message contains its name, its value and what is allowed. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** Identifies the error for programs. Never changes. */
  readonly code = "ERR_CONFIGURATION";
}
