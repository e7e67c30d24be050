import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { AppRegistration } from "../components/appRegistration";
import { ServiceAccountCredential } from "../components/serviceAccountCredential";

// A registration without a secret, for Kubernetes: pods of the service account sign in as the registration.
const deployer = getClientConfigOutput();
const orders = new AppRegistration("orders", {
  displayName: "orders-example",
  description: "Takes orders.",
  owners: [deployer.objectId],
});

const credential = new ServiceAccountCredential("orders", {
  applicationId: orders.applicationId,
  application: orders.application,
  accounts: [
    {
      // What `az aks show --query oidcIssuerProfile.issuerUrl` prints, with the slash at its end.
      issuer: "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/cluster/",
      namespace: "shop",
      serviceAccount: "orders",
    },
  ],
});

export const credentialIds = credential.credentialIds;
