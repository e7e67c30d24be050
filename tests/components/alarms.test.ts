import { evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import { Alarms } from "../../components/alarms";
import { ServiceVault } from "../../components/serviceVault";

// What these tests cannot prove: that Azure raises these alarms. The local Azure stores the rules, but raises no alarms.
describe("Alarms", () => {
  const actionGroup = "/subscriptions/s/resourceGroups/rg-hub/providers/Microsoft.Insights/actionGroups/on-call";
  const workspace = "/subscriptions/s/resourceGroups/rg-hub/providers/Microsoft.OperationalInsights/workspaces/log";
  const place = { resourceGroupName: "rg-shop-prod", location: "westeurope" };
  const alarms = (change: object = {}) =>
    evaluate(() => {
      const orders = new ServiceVault("orders", {
        ...place,
        tenantId: guid("tenant"),
        readerPrincipalId: guid("reader"),
      });
      new Alarms("shop", {
        ...place,
        vaults: { orders },
        deployerObjectId: guid("deployer"),
        actionGroup,
        ...change,
      });
      return orders;
    });

  it("notify the action group of secrets that expire soon, and of expired ones", async () => {
    const { named, resources, result } = await alarms();
    expect(named("orders-expiry").inputs).toEqual({
      scope: await resolved(result.vaultId),
      eventSubscriptionName: "secret-expiry",
      eventDeliverySchema: "CloudEventSchemaV1_0",
      filter: {
        includedEventTypes: ["Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"],
        // The SDK adds its default.
        isSubjectCaseSensitive: false,
      },
      destination: {
        endpointType: "MonitorAlert",
        severity: "Sev1",
        description: "The secret of orders was not rotated: run `npm run up`.",
        actionGroups: [actionGroup],
      },
    });
    expect(resources.filter(({ name }) => name.startsWith("shop"))).toEqual([]);
  });

  it("with a workspace, also notify the action group if the deployer has read no vault for two days", async () => {
    const { named } = await alarms({ workspace, tags: { team: "shop" } });
    const { criteria, ...rule } = named("shop-daily-run").inputs;
    expect(rule).toMatchObject({
      ...place,
      tags: { team: "shop" },
      ruleName: "daily-run-rg-shop-prod",
      scopes: [workspace],
      windowSize: "P2D",
      evaluationFrequency: "PT6H",
      actions: { actionGroups: [actionGroup] },
    });
    expect(criteria.allOf).toEqual([
      {
        query: [
          "AzureDiagnostics",
          '| where ResourceProvider == "MICROSOFT.KEYVAULT" and ResourceGroup =~ "rg-shop-prod" and OperationName == "VaultGet"',
          `| where identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g == "${guid("deployer")}"`,
        ].join("\n"),
        timeAggregation: "Count",
        operator: "LessThan",
        threshold: 1,
        failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
      },
    ]);
  });

  it("refuse an actionGroup that is not the resource id of an action group", async () => {
    await expect(alarms({ actionGroup: "on-call" })).rejects.toThrow(
      'Alarms shop: actionGroup is "on-call"; allowed: the resource id of an action group: /subscriptions/…/resourceGroups/…/providers/Microsoft.Insights/actionGroups/…',
    );
  });
});
