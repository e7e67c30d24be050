import { rm } from "node:fs/promises";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { review } from "../review";

jest.setTimeout(60_000);

describe("a landscape that calls Microsoft Graph", () => {
  it("is checked by its permissions there, and by the requests that it declares", async () => {
    const settings = {
      location: "westeurope",
      landscape: "desk",
      landscapeFile: "desk.yaml",
      rotation: { since: "2026-11-01" },
    };
    const folder = await projectWith({ dev: settings });
    await writeLandscape(folder, "desk", {
      services: {
        calendar: {
          description: "Books rooms.",
          appRoles: {},
          calls: {
            graph: {
              roles: ["Calendars.Read"],
              because: "Sees when rooms are free.",
              requests: ["GET /users/{id}/events"],
            },
          },
        },
        orders: {
          description: "Takes orders.",
          appRoles: {},
          calls: {
            graph: { roles: ["User.Read.All"], because: "Looks up who ordered.", requests: ["GET /users/{id}"] },
          },
        },
      },
      apis: {
        graph: {
          clientId: "00000003-0000-0000-c000-000000000000",
          appRoles: ["User.Read.All", "Calendars.Read"],
        },
      },
    });
    const { model, findings } = review(await evaluateOffline(folder, "dev"), { today: "2026-11-25" });
    await rm(folder, { recursive: true });
    expect(model.grants.map(({ caller, api, role }) => [caller, api, role])).toEqual([
      ["calendar-dev", "Microsoft Graph", "Calendars.Read"],
      ["orders-dev", "Microsoft Graph", "User.Read.All"],
    ]);
    expect(
      findings
        .filter(({ rule }) => rule !== "avoidable-secret")
        .map(({ severity, rule, subject, message }) => `${severity} ${rule}: ${subject} ${message}`),
    ).toEqual([
      "medium privileged-graph: calendar-dev → Microsoft Graph Calendars.Read is of tier 2: it can read data, and no way to further rights is known (of tier 1 by what it controls)",
      "medium retired-api-version: Microsoft.KeyVault 2024-11-01 works only until 2027-02-27",
      "medium wider-permission: orders-dev → Microsoft Graph User.Read.All allows more than its requests need: GET /users/{id} needs User.ReadBasic.All",
      "low privileged-graph: orders-dev → Microsoft Graph User.Read.All is of tier 2: it can read data, and no way to further rights is known",
    ]);
  });
});
