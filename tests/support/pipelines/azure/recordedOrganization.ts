import { type GitOrigin, originOf } from "../gitOrigin";
import { type Answers, recordedCommands } from "../recordedCommands";
import { pipelineFiles } from "../simulatedRepository";
import { simulatedOrganization } from "./simulatedOrganization";

const organizations: { close(): Promise<void> | void }[] = [];

/** Stops everything that the tests of a file have started. */
export async function closeOrganizations(): Promise<void> {
  await Promise.all(organizations.splice(0).map((each) => each.close()));
}

/**
 * An organization with our pipelines, whose commands do nothing but are recorded.
 *
 * @param pipelines the folder of the pipelines' files. Default: this project's
 */
export async function recordedOrganization(pipelines?: string) {
  const origin: GitOrigin = await originOf(await pipelineFiles());
  const { commands, approve, ...recorded } = recordedCommands();
  /** Is called when a run waits for a lock. */
  const answers: Answers & { onWait?: () => void } = recorded.answers;
  const organization = await simulatedOrganization({
    ...{ origin, approve, pipelines },
    commands: {
      ...commands,
      "npm run pull-request-comment": ({ environment }) => {
        recorded.calls.push({ line: `comment with ${environment.SYSTEM_ACCESSTOKEN}` });
        return {};
      },
    },
    groupOf: (stack) => ({
      PULUMI_BACKEND_URL: `azblob://state-${stack}`,
      REGISTRAR_CLIENT_ID: `registrar of ${stack}`,
      REGISTRAR_OBJECT_ID: `object of the registrar of ${stack}`,
    }),
    signIn: (connection) => {
      const [role, stack] = connection.split("-");
      return { servicePrincipalId: `${role} of ${stack}`, tenantId: "tenant", idToken: "token" };
    },
    onWait: () => answers.onWait?.(),
  });
  organizations.push(organization, origin);
  return { ...organization, origin, ...recorded, answers };
}
