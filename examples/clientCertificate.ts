import { readFileSync } from "node:fs";
import path from "node:path";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { AppRegistration } from "../components/appRegistration";
import { ClientCertificate } from "../components/clientCertificate";

// A registration that signs in with a certificate. Entra gets the public half; the service's operator keeps the private key.
const deployer = getClientConfigOutput();
const orders = new AppRegistration("orders", {
  displayName: "orders-example",
  description: "Takes orders.",
  owners: [deployer.objectId],
});

const certificate = new ClientCertificate("orders-certificate", {
  applicationId: orders.applicationId,
  application: orders.application,
  certificate: readFileSync(path.join(__dirname, "certificate.pem"), "utf8"),
});

export const thumbprint = certificate.thumbprint;
export const expires = certificate.expires;
