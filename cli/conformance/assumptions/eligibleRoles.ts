import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import { type Assumption, verdict } from "../assumption";
import { reader } from "../fixtures";
import { errorOf } from "../lab";
import { licenceMissing } from "../licence";

export const eligibleRoles: Assumption = {
  id: "C-37",
  sentence:
    "Eligible directory roles can be listed with RoleManagement.Read.Directory alone, and eligible Azure roles with Reader; a tenant without the licence refuses with AadPremiumLicenseRequired.",
  reliesOn: "cli/audit/directoryRoles.ts, cli/audit/azureRoles.ts; `privilegedIdentityManagement` of the local Azure",
  how: "Lists both, the first as an identity with this permission alone, the second as the deployer.",
  async examine(lab) {
    const identity = await reader(lab, "RoleManagement.Read.Directory");
    const path = "/roleManagement/directory/roleEligibilitySchedules";
    const directory = await lab.graph("GET", path, undefined, identity);
    const provider = "/providers/Microsoft.Authorization/roleEligibilityScheduleInstances";
    const azure = await lab.resourceManager("GET", `${provider}?api-version=${armVersions.roleEligibility}`);
    const answers = [directory, azure];
    return verdict(
      answers.every((answer) => answer.status === 200) || answers.every(licenceMissing),
      answers.map((answer) => (answer.status === 200 ? "200" : errorOf(answer))).join("; "),
    );
  },
};
