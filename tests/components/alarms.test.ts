import { evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import { Alarms } from "../../components/alarms";
import { ServiceVault } from "../../components/serviceVault";

// That Azure raises these alarms cannot be tried here: the local Azure keeps the rules, and raises nothing.
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

  it("tell the action group of a secret that expires in 30 days, and of one that has expired", async () => {
    const { named, resources, result } = await alarms();
    expect(named("orders-expiry").inputs).toEqual({
      scope: await resolved(result.vaultId),
      eventSubscriptionName: "secret-expiry",
      eventDeliverySchema: "CloudEventSchemaV1_0",
      filter: {
        includedEventTypes: ["Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"],
        // The SDK writes its default out.
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

  it("with a workspace, tell it too when the deployer has not read a vault for two days", async () => {
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

  it("refuse what is not an action group", async () => {
    await expect(alarms({ actionGroup: "on-call" })).rejects.toThrow(
      'Alarms shop: actionGroup is "on-call"; allowed: the resource id of an action group: /subscriptions/…/resourceGroups/…/providers/Microsoft.Insights/actionGroups/…',
    );
  });
});
