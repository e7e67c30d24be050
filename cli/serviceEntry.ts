import { UserError } from "@microservice-identities/validation/userError";
import { type DirectoryService, entryOf } from "../components/serviceVariables";
import { CommandError } from "./command";

/** The entry of the service that an option names. @throws CommandError that names the services that the stack has */
export function serviceEntry<T extends DirectoryService>(directory: Readonly<Record<string, T>>, service: string): T {
  try {
    return entryOf(directory, service);
  } catch (error) {
    throw error instanceof UserError ? new CommandError(`--service: ${error.message}`) : error;
  }
}
