import type { AccessModel } from "../accessModel";
import { AttackGraph } from "./attackGraph";
import { partyNode } from "./node";
import type { Step } from "./step";
import { azureRoleSteps } from "./steps/azureRoles";
import { directoryRoleSteps } from "./steps/directoryRoles";
import { grantSteps, graphRoleSteps, roleNodes } from "./steps/grants";
import { ownerSteps } from "./steps/owners";
import { signInSteps } from "./steps/signIns";
import { vaultSteps } from "./steps/vaults";

/**
 * Who could become whom, by what a stack deploys.
 *
 * @param found further steps, as an audit finds them
 */
export const stackGraph = (model: AccessModel, found: readonly Step[] = []): AttackGraph =>
  new AttackGraph(
    [
      ...ownerSteps(model),
      ...signInSteps(model),
      ...vaultSteps(model),
      ...azureRoleSteps(model),
      ...grantSteps(model),
      ...graphRoleSteps(model),
      ...directoryRoleSteps(model),
      ...found,
    ],
    [...model.services.map((service) => partyNode(service)), ...roleNodes(model)],
  );
