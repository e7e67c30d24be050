import { cloudNames } from "@microservice-identities/well-known/clouds";
import { InvalidArgumentError, Option } from "commander";

/** Options of every command that keeps a local Azure running. */
export const portOption = new Option(
  "-p, --port <port>",
  "the port of Entra, Graph and Resource Manager; 0 is any free one",
)
  .argParser((text) => {
    const port = Number(text);
    if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
    throw new InvalidArgumentError("Allowed: a whole number from 0 to 65535; 0 is any free port.");
  })
  .default(0);

export const folderOption = new Option(
  "-f, --folder <folder>",
  "where the files for clients are written; it must be empty or not exist",
).default(".local-azure");

export const cloudOption = new Option(
  "--cloud <name>",
  "the cloud, which determines the names of the APIs in tokens and the audience of token exchange",
)
  .choices(cloudNames)
  .default("public");
