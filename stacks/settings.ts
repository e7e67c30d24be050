import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { publicCertificate } from "../components/clientCertificate";
import type { ServiceSettings } from "../components/landscape";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { parseLandscape } from "../components/landscapeDefinition";
import { checkRotation } from "../components/rotation";
import { parseYamlFile, readTextFile } from "../packages/validation/files";
import { settingsIn } from "../packages/validation/settings";
import { ArgumentError, UserError } from "../packages/validation/userError";
import { type ServiceSetting, type Settings, schema } from "./settingsSchema";

/**
 * The settings of a stack, checked.
 *
 * @param config all configuration of the stack, as `pulumi.runtime.allConfig()` gives it: structured values are JSON
 * @throws SettingsError that lists every problem with its key
 */
export const readSettings = (config: Readonly<Record<string, string>>, project: string, stack: string): Settings =>
  settingsIn({ config, project, file: `Pulumi.${stack}.yaml` }, schema, contradictions);

/** The landscape that the settings name: in a file, or among those written in TypeScript. */
export function readLandscape(
  { landscape, landscapeFile }: Settings,
  written: Readonly<Record<string, LandscapeDefinition>>,
): LandscapeDefinition {
  if (landscapeFile === undefined) {
    const definition = written[landscape];
    if (definition) return definition;
    throw new ArgumentError("landscape", landscape, `${Object.keys(written).join(", ")}, or any with a landscapeFile`);
  }
  const data = ofSetting("landscapeFile", () => parseYamlFile(inProject(landscapeFile), landscapeFile));
  return parseLandscape(data, landscapeFile);
}

/** What the service settings mean for the landscape; certificates are read from their files. */
export function readServices(settings: Settings, names: readonly string[]): Record<string, ServiceSettings> {
  const services = { ...Object.fromEntries(names.map((name) => [name, {}])), ...settings.services };
  return Object.fromEntries(
    Object.entries<ServiceSetting>(services).map(([name, service]) => {
      const { credential = settings.credential, certificateFile, revoked, vaultName } = service;
      const named = vaultName === undefined ? {} : { vaultName };
      if (credential === "federated") return [name, { credential: { kind: credential } }];
      if (credential === "secret") return [name, { revocations: revoked?.times ?? 0, ...named }];
      const certificate = ofSetting(`services.${name}.certificateFile`, () =>
        readTextFile(inProject(certificateFile ?? ""), certificateFile),
      );
      if (publicCertificate.accepts(certificate))
        return [name, { credential: { kind: credential, certificate }, ...named }];
      // What is in the file is not repeated: it may be a private key.
      throw new UserError(`services.${name}.certificateFile: ${certificateFile} is not ${publicCertificate.allowed}`);
    }),
  );
}

/** Puts the setting before the message of whatever goes wrong with the file that it names. */
function ofSetting<T>(setting: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UserError(`${setting}: ${(error as Error).message}`);
  }
}

/** The program runs in its own folder; a path in the settings is written from the project's. */
const inProject = (file: string): string => path.resolve(pulumi.runtime.getRootDirectory(), file);

function contradictions({ rotation, services = {}, credential: usual }: Settings): string[] {
  const problems = Object.entries(services).flatMap(
    ([name, { credential = usual, certificateFile, revoked, vaultName }]) => [
      ...(credential === "certificate" && certificateFile === undefined
        ? [`services.${name}.certificateFile is missing; allowed: the PEM file of the service's public certificate`]
        : []),
      ...(credential !== "certificate" && certificateFile !== undefined
        ? [`services.${name}.certificateFile is for the credential "certificate", not "${credential}"`]
        : []),
      ...(credential === "federated" && vaultName !== undefined
        ? [`services.${name}.vaultName is for a service with a vault, which the credential "federated" needs none of`]
        : []),
      ...(credential !== "secret" && revoked !== undefined
        ? [`services.${name}.revoked is for the credential "secret", not "${credential}"`]
        : []),
    ],
  );
  try {
    checkRotation(rotation);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    problems.push(error.message);
  }
  return problems;
}
