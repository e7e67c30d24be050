import { readFileSync } from "node:fs";
import path from "node:path";
import { azureRoleWithId, directoryRoleNamed } from "../azureRoles";
import { directoryRoles } from "../data/directoryRoles";
import { microsoftAppRoles } from "../data/microsoftAppRoles";
import { permissionsForRequest } from "../graphRequests";
import { sameId } from "../ids";
import { apisWithRole, appRoleOf, microsoftApiNamed } from "../microsoftApis";
import { graphPermissionNamed, graphRoleIds, microsoftGraph } from "../microsoftGraph";
import { permissionsByRequest } from "../update/requests";
import { appRoleRows, roleRows } from "../update/rows";

describe("the data about Microsoft's APIs", () => {
  it("contains 718 permissions of Microsoft Graph, and the roles of 20 other APIs", () => {
    expect([Object.keys(graphRoleIds()).length, Object.keys(microsoftAppRoles).length]).toEqual([718, 21]);
  });

  it.each([
    ["00000003-0000-0000-c000-000000000000", "User.Read.All", "df021288-bdef-4463-88db-98f22de89214", 2],
    ["00000003-0000-0000-C000-000000000000 ", "Calendars.Read", "798EE544-9D2D-430C-A058-570E29E34338", 2],
    [
      "00000003-0000-0000-c000-000000000000",
      "RoleManagement.ReadWrite.Directory",
      "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
      0,
    ],
    ["00000002-0000-0ff1-ce00-000000000000", "full_access_as_app", "dc890d15-9560-4a4c-9b7f-a736ec74ec40", 1],
    ["00000003-0000-0ff1-ce00-000000000000", "Sites.FullControl.All", "678536fe-1083-478a-9c59-b99265e6b0d3", 1],
  ])("contains a role of %s by its name and by its id, in upper and lower case: %s", (api, name, id, tier) => {
    for (const by of [name, id]) expect(appRoleOf(api, by)).toMatchObject({ name, id: id.toLowerCase(), tier });
    expect(microsoftApiNamed(api)).toEqual(expect.any(String));
  });

  it("recommends only existing permissions as narrower ones", () => {
    const rows = microsoftAppRoles[microsoftGraph] ?? [];
    const narrower = rows.flatMap(([name]) => graphPermissionNamed(name)?.narrower ?? []);
    expect(narrower.filter((name) => !graphPermissionNamed(name))).toEqual([]);
    expect(graphPermissionNamed("Mail.ReadWrite")?.narrower).toEqual([
      "Mail.Read",
      "Mail.ReadBasic.All",
      "Mail.ReadBasic",
    ]);
  });

  it("contains the APIs of a role id, and none for an unpublished id", () => {
    expect(apisWithRole("1138CB37-BD11-4084-A2B7-9F71582AEDDB")).toEqual([
      "00000002-0000-0000-c000-000000000000",
      microsoftGraph,
    ]);
    expect(apisWithRole("11111111-2222-4333-8444-555555555555")).toEqual([]);
  });

  it("contains the roles of the directory and of Azure, with their tiers", () => {
    expect(directoryRoleNamed("global administrator")).toEqual({
      id: "62e90394-69f5-4237-9190-012177145e10",
      name: "Global Administrator",
      tier: 0,
    });
    expect(azureRoleWithId("/subscriptions/S/providers/x/8E3AF657-A8FF-443C-A75C-2FE8C4BCB635/")?.name).toBe("Owner");
    expect(directoryRoles.length).toBeGreaterThan(120);
  });

  it("compares ids like Azure", () => {
    expect([sameId("/Subscriptions/A/", "/subscriptions/a"), sameId("a", "b")]).toEqual([true, false]);
  });
});

describe("the permissions that allow a request to Microsoft Graph", () => {
  it.each([
    ["GET /users/{id}", "User.ReadBasic.All"],
    ["get https://graph.microsoft.com/v1.0/Users/{user-id}?$select=id", "User.ReadBasic.All"],
    ["GET /users/{id}/events", "Calendars.Read"],
    ["POST /users/{id}/events", "Calendars.ReadWrite"],
    ["PATCH /users/{id}", "User.ReadWrite.All"],
    ["POST /users/{id}/sendMail", "Mail.Send"],
  ])("for %s begin with the least privileged, %s", (request, least) => {
    expect(permissionsForRequest(request)?.[0]).toBe(least);
  });

  it("are not known for an unpublished request", () => {
    expect(permissionsForRequest("GET /everything")).toBeUndefined();
  });
});

describe("the update of the data", () => {
  it("prefers the tier from known attack paths, and marks unclassified permissions", () => {
    const rows = appRoleRows({
      graphAppRoles: [
        { Id: "A", Value: "One" },
        { Id: "b", Value: "Two" },
      ],
      graphTiers: [{ id: "a", tier: "1", assetName: "one", pathType: "Direct" }],
      apiPermissions: [
        {
          PermissionId: "a",
          PermissionValue: "One",
          PermissionType: "Application",
          TargetAppDisplayName: "G",
          TargetAppId: microsoftGraph,
          EAMTierLevelTagValue: "0",
        },
        {
          PermissionId: "c",
          PermissionValue: "Three",
          PermissionType: "Delegated",
          TargetAppDisplayName: "G",
          TargetAppId: microsoftGraph,
          EAMTierLevelTagValue: "0",
        },
      ],
    });
    expect(rows).toEqual([
      [
        microsoftGraph,
        [
          ["One", "a", 1, 0, "direct"],
          ["Two", "b", null, null],
        ],
      ],
    ]);
  });

  it("gives a role without a tier the tier of its most severe permission", () => {
    const other = [
      {
        RoleId: "R",
        RoleName: "Role",
        RolePermissions: [{ EAMTierLevelTagValue: "2" }, { EAMTierLevelTagValue: "1" }],
      },
    ];
    expect(roleRows([], other)).toEqual([["Role", "r", 1]]);
    expect(roleRows([{ id: "r", tier: "0", assetName: "x" }], other)).toEqual([["Role", "r", 0]]);
  });

  it("lists first the permission that is published as the least privileged for a request", () => {
    const pathSet = (least: string) => ({
      schemeKeys: ["Application"],
      methods: ["GET"],
      paths: { "/Things/{id}": least },
    });
    const file = {
      permissions: {
        "B.Read": { schemes: { Application: { privilegeLevel: 3 } }, pathSets: [pathSet("least=Application")] },
        "A.Read": { schemes: { Application: { privilegeLevel: 3 } }, pathSets: [pathSet("")] },
        "C.Delegated": { schemes: {}, pathSets: [{ ...pathSet(""), schemeKeys: ["DelegatedWork"] }] },
      },
    };
    expect([...permissionsByRequest(file, new Set(["A.Read", "B.Read"]))]).toEqual([
      ["GET /things/{id}", "B.Read A.Read"],
    ]);
  });

  it("names every source with its licence", () => {
    const text = readFileSync(path.join(__dirname, "../update/sources.ts"), "utf8");
    for (const source of [
      "merill/microsoft-info (MIT)",
      "emiliensocchi/azure-tiering (GPL-3.0)",
      "Cloud-Architekt/AzurePrivilegedIAM (MIT)",
      "microsoftgraph/microsoft-graph-devx-content (MIT)",
    ])
      expect(text).toContain(source);
  });
});
