import { randomUUID } from "node:crypto";
import type { Assumption } from "../assumption";
import { api, appRole, assignmentPath, grant, registration, service } from "../fixtures";
import type { Lab } from "../lab";
import { type ExpectedRefusal, refusals } from "../refusals";

export const graphRefusals: Assumption = {
  id: "C-23",
  sentence: "Microsoft Graph refuses with the status and the code that the local Azure answers with.",
  reliesOn: "packages/local-azure/graph: graphError.ts, limits.ts and the routes",
  how: "Sends a request for each refusal; the recording contains their texts.",
  async examine(lab) {
    const [called, holder] = [await api(lab), await service(lab, "holder")];
    await grant(lab, called.principalId, holder.principalId, called.roleId);
    const { id } = await registration(lab, "refused", { appRoles: [appRole("Things.Read")] });
    await lab.until(await lab.graphRequest("GET", `/applications/${id}`), ({ status }) => status === 200, 3);
    const federated = {
      name: "one",
      issuer: `https://${lab.prefix}.invalid/`,
      subject: "s",
      audiences: ["api://AzureADTokenExchange"],
    };
    await lab.graph("POST", `/applications/${id}/federatedIdentityCredentials`, federated);
    const assignment = { resourceId: called.principalId, principalId: holder.principalId };
    const at = `/applications/${id}`;
    const past = { passwordCredential: { endDateTime: "2020-01-01T00:00:00Z" } };
    const cases: readonly (readonly [what: string, expected: string, method: string, path: string, json?: object])[] = [
      ["an unknown application", "404 Request_ResourceNotFound", "GET", `/applications/${randomUUID()}`],
      ["no display name", "400 Request_BadRequest", "POST", "/applications", {}],
      ["an unknown property", "400 Request_BadRequest", "PATCH", at, { colour: "red" }],
      ["removal of an enabled role", "400 CannotDeleteOrUpdateEnabledEntitlement", "PATCH", at, { appRoles: [] }],
      ["two roles of one value", "400 Request_BadRequest", "POST", "/applications", twoRoles(lab)],
      [
        "a URI of a foreign host",
        "400 HostNameNotOnVerifiedDomain",
        "PATCH",
        at,
        { identifierUris: ["https://example.com/x"] },
      ],
      [
        "a principal of no application",
        "400 NoBackingApplicationObject",
        "POST",
        "/servicePrincipals",
        { appId: randomUUID() },
      ],
      [
        "a second principal",
        "409 Request_MultipleObjectsWithSameKeyValue",
        "POST",
        "/servicePrincipals",
        { appId: called.appId },
      ],
      [
        "a second assignment",
        "400 InvalidUpdate",
        "POST",
        assignmentPath(called.principalId),
        { ...assignment, appRoleId: called.roleId },
      ],
      [
        "an assignment of an unknown role",
        "400 Request_BadRequest",
        "POST",
        assignmentPath(called.principalId),
        { ...assignment, appRoleId: randomUUID() },
      ],
      ["a secret that has expired", "400 Request_BadRequest", "POST", `${at}/addPassword`, past],
      [
        "removal of an unknown secret",
        "400 Request_BadRequest",
        "POST",
        `${at}/removePassword`,
        { keyId: randomUUID() },
      ],
      [
        "a second federated credential",
        "409 Request_MultipleObjectsWithSameKeyValue",
        "POST",
        `${at}/federatedIdentityCredentials`,
        federated,
      ],
      ["more than 50 APIs", "403 Directory_ResourceSizeExceeded", "PATCH", at, { requiredResourceAccess: manyApis() }],
    ];
    const seen: ExpectedRefusal[] = [];
    for (const [what, expected, method, path, json] of cases)
      seen.push({ what, expected, answer: await lab.graph(method, path, json) });
    return refusals(seen);
  },
};

const twoRoles = (lab: Lab) => ({
  displayName: lab.name("two"),
  appRoles: [appRole("Things.Read"), appRole("Things.Read")],
});

const manyApis = () =>
  Array.from({ length: 51 }, () => ({
    resourceAppId: randomUUID(),
    resourceAccess: [{ id: randomUUID(), type: "Role" }],
  }));
