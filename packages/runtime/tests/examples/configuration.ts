import { ConfigurationError, configurationFrom } from "@microservice-identities/runtime/configuration";

/** The configuration, or every problem of it in one message: nothing starts half configured. */
export function configurationOrExit(environment: NodeJS.ProcessEnv, exit: (message: string) => never) {
  try {
    return configurationFrom(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return exit(error.message);
    throw error;
  }
}
