import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { Recorder } from "./recorder";

type Headers = Readonly<Record<string, string>>;

/** The session that all chapters of the recording share. */
export interface Session {
  readonly azure: LocalAzure;
  readonly recorder: Recorder;
  /** Graph's address, with its version. */
  readonly graph: string;
  /** The tenant's token endpoint. */
  readonly tokenEndpoint: string;
  /** Authorizes a request to Graph. */
  readonly toGraph: Headers;
  /** Authorizes a request to Resource Manager. */
  readonly toResourceManager: Headers;
}

/** Signs in as the deployer. The addresses are shown as Azure's. */
export async function openSession(azure: LocalAzure): Promise<Session> {
  const { authority, tenantId, subscriptionId, deployer } = azure;
  const recorder = new Recorder(azure.caCertificate);
  recorder.showAs(`${authority}/graph`, "https://graph.microsoft.com");
  recorder.showAs(`${authority}/subscriptions`, "https://management.azure.com/subscriptions");
  recorder.showAs(authority, "https://login.microsoftonline.com");
  recorder.showAs(tenantId, "{tenant}");
  recorder.showAs(subscriptionId, "{subscription}");

  const tokenEndpoint = `${authority}/${tenantId}/oauth2/v2.0/token`;
  const signedFor = async (audience: string) => {
    const form = {
      grant_type: "client_credentials",
      client_id: deployer.ARM_CLIENT_ID,
      client_secret: deployer.ARM_CLIENT_SECRET,
      scope: `${audience}/.default`,
    };
    const { json } = await recorder.request({ method: "POST", url: tokenEndpoint, form });
    return { authorization: `Bearer ${json.access_token}` };
  };
  return {
    azure,
    recorder,
    graph: `${authority}/graph/v1.0`,
    tokenEndpoint,
    toGraph: await signedFor(`${authority}/graph`),
    toResourceManager: await signedFor("https://management.core.windows.net/"),
  };
}
