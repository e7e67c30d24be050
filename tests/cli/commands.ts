import type { Command } from "commander";
import { adoptCommand } from "../../cli/adopt";
import { auditCommand } from "../../cli/audit";
import { conformanceCommand } from "../../cli/conformance";
import { consentPolicyCommand } from "../../cli/consentPolicy";
import { doctorCommand } from "../../cli/doctor";
import { expiryCommand } from "../../cli/expiry";
import { landscapePictureCommand } from "../../cli/landscapePicture";
import { localCommand } from "../../cli/local";
import { oneCallPageCommand } from "../../cli/oneCallPage";
import { parityPageCommand } from "../../cli/parityPage";
import { pathsCommand } from "../../cli/paths";
import { preflightCommand } from "../../cli/preflight";
import { pullRequestCommentCommand } from "../../cli/pullRequestComment";
import { purgeCommand } from "../../cli/purge";
import { reviewCommand } from "../../cli/review";
import { rotationYearCommand } from "../../cli/rotationYear";
import { sampleCommand } from "../../cli/sample";
import { samplesCommand } from "../../cli/samples";
import { schemaCommand } from "../../cli/schema";
import { startCommand } from "../../cli/start";
import { upCommand } from "../../cli/up";
import { updateMicrosoftDataCommand } from "../../cli/updateMicrosoftData";
import { upgradeStateCommand } from "../../cli/upgradeState";
import { usageCommand } from "../../cli/usage";
import { variablesCommand } from "../../cli/variables";
import { verifyCommand } from "../../cli/verify";

/** Every command, by the name of its npm script. Tests call them as functions. */
export const commands: Readonly<Record<string, Command>> = {
  adopt: adoptCommand,
  audit: auditCommand,
  conformance: conformanceCommand,
  "consent-policy": consentPolicyCommand,
  doctor: doctorCommand,
  expiry: expiryCommand,
  "landscape-picture": landscapePictureCommand,
  local: localCommand,
  "one-call-page": oneCallPageCommand,
  "parity-page": parityPageCommand,
  paths: pathsCommand,
  preflight: preflightCommand,
  "pull-request-comment": pullRequestCommentCommand,
  purge: purgeCommand,
  review: reviewCommand,
  "rotation-year": rotationYearCommand,
  sample: sampleCommand,
  samples: samplesCommand,
  schema: schemaCommand,
  start: startCommand,
  up: upCommand,
  "update-microsoft-data": updateMicrosoftDataCommand,
  "upgrade-state": upgradeStateCommand,
  usage: usageCommand,
  variables: variablesCommand,
  verify: verifyCommand,
};
