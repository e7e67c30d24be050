import { ConfigurationError, configurationFrom } from "@microservice-identities/runtime/configuration";

/** The configuration. If it is incomplete or wrong, one message lists every problem, and the service does not start. */
export function configurationOrExit(environment: NodeJS.ProcessEnv, exit: (message: string) => never) {
  try {
    return configurationFrom(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return exit(error.message);
    throw error;
  }
}
