import type { Command } from "commander";
import { benchCommand } from "../../bench";
import { editedCommand } from "../edited/run";
import { differentialCommand } from "../engine/differential/run";
import { auditTestCommand } from "../soak/audit";
import { faultsCommand } from "../soak/faults";
import { killedCommand } from "../soak/killed";
import { trafficCommand } from "../soak/traffic";
import { usageTestCommand } from "../soak/usage";

/** The commands for developers of the project, by the name of the npm script. */
export const developerCommands: Readonly<Record<string, Command>> = {
  bench: benchCommand,
  "test:differential": differentialCommand,
  "test:edited": editedCommand,
  "test:audit": auditTestCommand,
  "test:faults": faultsCommand,
  "test:killed": killedCommand,
  "test:traffic": trafficCommand,
  "test:usage": usageTestCommand,
};
