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
 * The graph of attack paths that a stack's deployment creates.
 *
 * @param deployers the identities that deploy it. Default: not known, and shown as "the deployer"
 */
export const stackGraph = (model: AccessModel, deployers: readonly string[] = []): AttackGraph =>
  new AttackGraph(
    [
      ...deployers.map(deploysAs),
      ...ownerSteps(model),
      ...signInSteps(model),
      ...vaultSteps(model),
      ...azureRoleSteps(model),
      ...grantSteps(model),
      ...graphRoleSteps(model),
      ...directoryRoleSteps(model),
    ],
    [...model.services.map((service) => partyNode(service)), ...roleNodes(model)],
  );

const deploysAs = (deployer: string): Step => ({
  kind: "deploys as",
  from: partyNode(deployer),
  to: partyNode("the deployer"),
  how: `${deployer} deploys the stack: it may create registrations, and owns what it creates.`,
  resource: deployer,
});
