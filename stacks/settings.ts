import { X509Certificate } from "node:crypto";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { publicCertificate } from "../components/clientCertificate";
import type { ServiceSettings } from "../components/landscape";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { parseLandscape } from "../components/landscapeDefinition";
import { alike } from "../packages/validation/alike";
import { parseYamlFile, readTextFile } from "../packages/validation/files";
import { settingsIn } from "../packages/validation/settings";
import { ArgumentError, UserError } from "../packages/validation/userError";
import { contradictions } from "./contradictions";
import { type ServiceSetting, type Settings, schema } from "./settingsSchema";

/**
 * Checks the settings of a stack.
 *
 * @param config all configuration of the stack, as `pulumi.runtime.allConfig()` returns it: structured values are JSON
 * @throws SettingsError with all problems, each with its key
 */
export const readSettings = (config: Readonly<Record<string, string>>, project: string, stack: string): Settings =>
  settingsIn({ config, project, file: `Pulumi.${stack}.yaml` }, schema, contradictions);

/** The landscape that the settings name: in a YAML file, or one of those in TypeScript. */
export function readLandscape(
  { landscape, landscapeFile }: Settings,
  written: Readonly<Record<string, LandscapeDefinition>>,
): LandscapeDefinition {
  if (landscapeFile === undefined) {
    const definition = written[landscape];
    if (definition) return definition;
    throw new ArgumentError(
      "landscape",
      landscape,
      `${Object.keys(written).join(", ")}; with a landscapeFile, any name`,
    );
  }
  const data = ofSetting("landscapeFile", () => parseYamlFile(inProject(landscapeFile), landscapeFile));
  return parseLandscape(data, landscapeFile);
}

/** The settings of each service for the landscape. Reads certificates from their files. */
export function readServices(settings: Settings, names: readonly string[]): Record<string, ServiceSettings> {
  const services = { ...Object.fromEntries(names.map((name) => [name, {}])), ...settings.services };
  const read = Object.entries<ServiceSetting>(services).map(([name, service]): [string, ServiceSettings] => {
    const { credential = settings.credential, certificateFile, revoked, vaultName, workload } = service;
    const named = { ...(vaultName === undefined ? {} : { vaultName }), ...(workload ? { workload } : {}) };
    if (credential === "federated") return [name, { credential: { kind: credential }, ...named }];
    if (credential === "secret") return [name, { revocations: revoked?.times ?? 0, ...named }];
    const certificate = ofSetting(`services.${name}.certificateFile`, () =>
      readTextFile(inProject(certificateFile ?? ""), certificateFile),
    );
    if (publicCertificate.accepts(certificate))
      return [name, { credential: { kind: credential, certificate }, ...named }];
    // The message does not repeat the content of the file: it may be a private key.
    throw new UserError(`services.${name}.certificateFile: ${certificateFile} is not ${publicCertificate.allowed}`);
  });
  const certificates = read.flatMap(([name, { credential }]) =>
    credential?.kind === "certificate"
      ? [[name, new X509Certificate(credential.certificate).fingerprint256] as const]
      : [],
  );
  const [shared] = alike(certificates, ([, fingerprint]) => fingerprint);
  if (shared) {
    const [[name], [other]] = shared;
    throw new UserError(
      `services.${name}.certificateFile is the certificate of ${other} too; each service needs a key of its own, because who has it can sign in as the service`,
    );
  }
  return Object.fromEntries(read);
}

/** Adds the name of the setting to errors about the file that it names. */
function ofSetting<T>(setting: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UserError(`${setting}: ${(error as Error).message}`);
  }
}

/** Paths in the settings are relative to the project's folder, but the program runs in another one. */
const inProject = (file: string): string => path.resolve(pulumi.runtime.getRootDirectory(), file);
