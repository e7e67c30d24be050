import { X509Certificate } from "node:crypto";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { publicCertificate } from "../components/clientCertificate";
import type { ServiceSettings } from "../components/landscape";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { parseLandscape } from "../components/landscapeDefinition";
import { alike } from "../packages/validation/alike";
import { parseYamlFile, readTextFile } from "../packages/validation/files";
import { type Problem, ProblemsError, type Source } from "../packages/validation/problems";
import { settingProblem, settingsFile, settingsIn } from "../packages/validation/settings";
import { shown } from "../packages/validation/shown";
import { didYouMean } from "../packages/validation/similarName";
import { UserError } from "../packages/validation/userError";
import { contradictions } from "./contradictions";
import { type ServiceSetting, type Settings, schema } from "./settingsSchema";

/**
 * Checks the settings of a stack.
 *
 * @param config all configuration of the stack, as `pulumi.runtime.allConfig()` returns it: structured values are JSON
 * @param folder with `Pulumi.<stack>.yaml`, for the lines of problems. Default: problems have no lines
 * @throws SettingsError with all problems, each with its key
 */
export const readSettings = (
  config: Readonly<Record<string, string>>,
  project: string,
  stack: string,
  folder?: string,
): Settings =>
  settingsIn(
    { config, project, source: settingsFile(`Pulumi.${stack}.yaml`, project, folder) },
    schema,
    contradictions,
  );

/** Names the settings of a stack as the place of problems. */
export const settingsOf = (stack: string): Source =>
  settingsFile(`Pulumi.${stack}.yaml`, pulumi.getProject(), pulumi.runtime.getRootDirectory());

/** The landscape that the settings name: from a YAML file, or one of those in TypeScript. */
export function readLandscape(
  { landscape, landscapeFile }: Settings,
  written: Readonly<Record<string, LandscapeDefinition>>,
): LandscapeDefinition {
  if (landscapeFile === undefined) {
    const definition = Object.hasOwn(written, landscape) ? written[landscape] : undefined;
    if (definition) return definition;
    const names = Object.keys(written);
    throw new UserError(
      `landscape is ${shown(landscape)}, which is not in stacks/landscapes.ts.${didYouMean(landscape, names)} Allowed: ${names.join(", ")}; or any name, with a landscapeFile`,
    );
  }
  const { data, source } = ofSetting("landscapeFile", () => parseYamlFile(inProject(landscapeFile), landscapeFile));
  return parseLandscape(data, source);
}

/**
 * The settings of each service for the landscape. Reads certificates from their files.
 *
 * @param names of the landscape's services
 * @param source of the settings, for errors
 * @throws ProblemsError with every service that does not exist, and every file without a certificate
 */
export function readServices(
  settings: Settings,
  names: readonly string[],
  source: Source | string,
): Record<string, ServiceSettings> {
  const problems: Problem[] = [];
  const read: Record<string, ServiceSettings> = {};
  for (const name of new Set([...names, ...Object.keys(settings.services ?? {})])) {
    const at = ["services", name];
    if (names.includes(name)) {
      try {
        read[name] = serviceSettings(settings, settings.services?.[name] ?? {});
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push(settingProblem([...at, "certificateFile"], `is wrong: ${error.message}`));
      }
    } else {
      const text = `is not a service of the landscape ${settings.landscape}.${didYouMean(name, names)}`;
      problems.push(settingProblem(at, `${text} Its services are ${names.join(", ")}`));
    }
  }
  problems.push(...sharedCertificates(read));
  if (problems.length > 0) throw new ProblemsError(source, problems);
  return read;
}

function sharedCertificates(services: Readonly<Record<string, ServiceSettings>>): Problem[] {
  const certificates = Object.entries(services).flatMap(([name, { credential }]) =>
    credential?.kind === "certificate"
      ? [[name, new X509Certificate(credential.certificate).fingerprint256] as const]
      : [],
  );
  return alike(certificates, ([, fingerprint]) => fingerprint).map(([[name], [other]]) =>
    settingProblem(
      ["services", name, "certificateFile"],
      `is also the certificate of ${other}; each service needs its own key, because the holder of a key can sign in as the service`,
    ),
  );
}

function serviceSettings(settings: Settings, service: ServiceSetting): ServiceSettings {
  const {
    credential = settings.credential,
    certificateFile = "",
    revoked,
    vaultName,
    workload,
    workloadDeployer,
  } = service;
  const details = { ...settings.registration, ...service.registration };
  const named = {
    ...(vaultName === undefined ? {} : { vaultName }),
    ...(workload ? { workload } : {}),
    ...(workloadDeployer === undefined ? {} : { workloadDeployer }),
    ...(service.tags ? { tags: service.tags } : {}),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
  if (credential === "federated") return { credential: { kind: credential }, ...named };
  if (credential === "secret") return { revocations: revoked?.times ?? 0, ...named };
  const certificate = readTextFile(inProject(certificateFile), certificateFile);
  // The message does not contain the content of the file, which may be a private key.
  if (!publicCertificate.accepts(certificate))
    throw new UserError(`${certificateFile} is not ${publicCertificate.allowed}`);
  return { credential: { kind: credential, certificate }, ...named };
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
