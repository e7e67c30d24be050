import { readFileSync } from "node:fs";
import path from "node:path";
import "reflect-metadata";
import { claimsOf, startTestAzure } from "@microservice-identities/test-support/azure";
import { X509CertificateGenerator } from "@peculiar/x509";

interface RecordedRequest {
  readonly step: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: object;
}

/**
 * The requests of the azuread provider 6.9.1 from the first deployment of a small stack to its end, and the status of each
 * answer. They were recorded with a stub, so they prove which requests must work, but nothing about the content of answers.
 */
const recorded = readFileSync(path.join(__dirname, "azuread-requests.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as RecordedRequest);

const fulfillment = {
  id: "8cabef3a-2d62-49b2-a1e7-3fd083ba9630",
  appId: "f46d3be8-687b-4842-979d-603449848e79",
  principal: "e4543d16-3a04-45db-8095-27c136007644",
};
const inventory = {
  id: "f31c16fe-cfe1-4cf9-a999-aaa0161ef1cb",
  appId: "83f94058-0935-49f2-bf5f-006a835c26cd",
  principal: "78fe6f52-3ec1-4cc6-ab43-84c569661637",
};
const deployer = "33333333-3333-4333-8333-333333333333";
const assignment = "zM-GiDuZX-G0laCzwhcaeM21d-mz6_CP";
const federated = "1a9bdd87-906b-4137-bdfe-7fb79219a9c8";
const passwords = ["13e7a8b4-3cf5-47fa-af6e-ec52ad682660", "da4949c3-f21f-4caa-838d-639fff836a50"];

it("answers every recorded request of the azuread provider with the recorded status", async () => {
  const azure = await startTestAzure({ clock: () => Date.parse("2026-11-24T12:00:00Z") });
  try {
    const token = await azure.deployerToken("graph");
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: "CN=test",
      keys: await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]),
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    });
    // Translates recorded names into the names in this test.
    const names = new Map([
      ["https://localhost:9443/graph", `${azure.azure.authority}/graph`],
      ["(base64 DER)", Buffer.from(certificate.rawData).toString("base64")],
      [deployer, String(claimsOf(token).oid)],
    ]);
    const translated = (text: string) => [...names].reduce((result, [from, to]) => result.replaceAll(from, to), text);
    const learn = (request: RecordedRequest, answer: Record<string, string>) => {
      if (request.method !== "POST") return;
      const body = JSON.stringify(request.body);
      const service = body.includes("fulfillment") || body.includes(fulfillment.appId) ? fulfillment : inventory;
      if (request.path === "/v1.0/applications")
        names.set(service.id, answer.id ?? "").set(service.appId, answer.appId ?? "");
      if (request.path === "/v1.0/servicePrincipals") names.set(service.principal, answer.id ?? "");
      if (request.path.endsWith("/appRoleAssignedTo")) names.set(assignment, answer.id ?? "");
      if (request.path.endsWith("/federatedIdentityCredentials")) names.set(federated, answer.id ?? "");
      if (request.path.endsWith("/addPassword")) names.set(passwords.shift() ?? "", answer.keyId ?? "");
    };

    const differences: string[] = [];
    for (const request of recorded) {
      const json = request.body && JSON.parse(translated(JSON.stringify(request.body)));
      const { status, body } = await azure.graph(request.method, translated(request.path), json, token);
      if (status !== request.status) {
        differences.push(
          `${request.step}: ${request.method} ${request.path}: ${status}, recorded ${request.status}: ${JSON.stringify(body)}`,
        );
      }
      learn(request, body ?? {});
    }
    expect(differences).toEqual([]);
    expect(recorded).toHaveLength(158);
    // The stack was destroyed at the end, so only the deployer's registration is left.
    expect([...azure.azure.tenant.applications.values()].map(({ displayName }) => displayName)).toEqual(["deployer"]);
  } finally {
    await azure.close();
  }
});
