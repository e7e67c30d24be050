import { EventSubscription } from "@pulumi/azure-native/eventgrid/eventSubscription";
import { ScheduledQueryRule } from "@pulumi/azure-native/monitor/scheduledQueryRule";
import * as pulumi from "@pulumi/pulumi";
import { actionGroupId, workspaceId } from "../packages/validation/formats";
import { checked } from "./checked";
import type { ServiceVault } from "./serviceVault";

/** The receivers of the alarms. */
export interface AlarmSettings {
  /** The Azure resource id of an action group of Azure Monitor: Azure notifies its people and channels. */
  readonly actionGroup: string;
}

export interface AlarmsArgs extends AlarmSettings {
  /** The vaults that are watched, by service. */
  vaults: Readonly<Record<string, ServiceVault>>;
  resourceGroupName: pulumi.Input<string>;
  /** The Azure region, for example `westeurope`. */
  location: pulumi.Input<string>;
  /** The object id of the identity of the daily run. */
  deployerObjectId: pulumi.Input<string>;
  /** The Log Analytics workspace with the vaults' audit logs. Default: none; then no alarm is raised when the daily run stops. */
  workspace?: string;
  /** Tags of the alert rule, by name. Default: none. */
  tags?: Readonly<Record<string, string>>;
}

/** How many days before its expiry Key Vault reports a secret. https://learn.microsoft.com/azure/event-grid/event-schema-key-vault */
export const nearExpiryDays = 30;

/**
 * Alarms that Azure raises, so they work even if the pipeline that they watch no longer runs. Each vault has two: its secret expires
 * in 30 days, and its secret has expired. Both mean that a rotation is missing. The stack has one more: the daily run has not read
 * any vault for two days.
 *
 * Key Vault reports only secrets that were written after the subscription, and only the current version of a secret.
 *
 * @example
 * ```ts
 * import { Alarms, ServiceVault } from "pulumi-microservice-identities";
 *
 * const place = { resourceGroupName: "rg-shop-prod", location: "westeurope" };
 * const orders = new ServiceVault("orders", {
 *   ...place,
 *   tenantId: "33333333-3333-4333-8333-333333333333",
 *   readerPrincipalId: "44444444-4444-4444-8444-444444444444",
 * });
 * new Alarms("shop", {
 *   ...place,
 *   vaults: { orders },
 *   deployerObjectId: "11111111-1111-4111-8111-111111111111",
 *   actionGroup: "/subscriptions/s/resourceGroups/rg-hub/providers/Microsoft.Insights/actionGroups/on-call",
 * });
 * ```
 */
export class Alarms extends pulumi.ComponentResource {
  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:Alarms", name, {}, opts);
    const where = `Alarms ${name}`;
    const actionGroup = checked(`${where}: actionGroup`, args.actionGroup, actionGroupId);
    for (const [service, { vaultId, vault }] of Object.entries(args.vaults)) {
      new EventSubscription(
        `${service}-expiry`,
        {
          scope: vaultId,
          eventSubscriptionName: "secret-expiry",
          // The only schema that this destination accepts: https://learn.microsoft.com/azure/event-grid/handler-azure-monitor-alerts
          eventDeliverySchema: "CloudEventSchemaV1_0",
          filter: {
            includedEventTypes: ["Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"],
          },
          destination: {
            endpointType: "MonitorAlert",
            severity: "Sev1",
            description: `The secret of ${service} was not rotated: run \`npm run up\`.`,
            actionGroups: [actionGroup],
          },
        },
        { parent: this, deletedWith: vault },
      );
    }
    if (args.workspace !== undefined) this.watchDailyRun(name, args, args.workspace, actionGroup);
    this.registerOutputs({});
  }

  private watchDailyRun(name: string, args: AlarmsArgs, workspace: string, actionGroup: pulumi.Input<string>): void {
    new ScheduledQueryRule(
      `${name}-daily-run`,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        ...(args.tags ? { tags: args.tags } : {}),
        ruleName: pulumi.interpolate`daily-run-${args.resourceGroupName}`,
        kind: "LogAlert",
        displayName: pulumi.interpolate`No daily run of ${args.resourceGroupName} for two days`,
        description: "No deployment has read the vaults for two days, so no secret can rotate.",
        severity: 2,
        enabled: true,
        scopes: [checked(`Alarms ${name}: workspace`, workspace, workspaceId)],
        // The longest window that a rule can have.
        windowSize: "P2D",
        evaluationFrequency: "PT6H",
        criteria: {
          allOf: [
            {
              query: dailyRunQuery(args.resourceGroupName, args.deployerObjectId),
              timeAggregation: "Count",
              operator: "LessThan",
              threshold: 1,
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            },
          ],
        },
        autoMitigate: true,
        // Azure would reject the query: the table has no columns until the first log is written.
        skipQueryValidation: true,
        actions: { actionGroups: [actionGroup] },
      },
      { parent: this },
    );
  }
}

/** Finds the deployer's reads of vaults. Every deployment reads each vault, even if it changes nothing. */
const dailyRunQuery = (resourceGroupName: pulumi.Input<string>, deployerObjectId: pulumi.Input<string>) =>
  pulumi.interpolate`AzureDiagnostics
| where ResourceProvider == "MICROSOFT.KEYVAULT" and ResourceGroup =~ "${resourceGroupName}" and OperationName == "VaultGet"
| where identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g == "${deployerObjectId}"`;
