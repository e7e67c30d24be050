/**
 * The query for the workspace of Azure Monitor that the services' metrics go to. It returns the lines of a usage file. It needs an
 * exporter with delta temporality, which Azure Monitor's is.
 * https://learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics
 *
 * @param from the first day
 */
export const metricsQuery = (from: string): string =>
  [
    "AppMetrics",
    `| where TimeGenerated >= datetime(${from})`,
    '| where Name in ("service_identity.guard.decisions", "service_identity.guard.recording")',
    '| extend kind = iff(Name endswith "recording", "guard", "request"), day = format_datetime(TimeGenerated, "yyyy-MM-dd")',
    "| summarize count = toint(sum(Sum)) by kind, day, api = tostring(Properties.api), caller = tostring(Properties.client),",
    "    role = tostring(Properties.role), outcome = tostring(Properties.outcome), access = tostring(Properties.access)",
    '| extend line = bag_pack("kind", kind, "day", day, "api", api)',
    '| extend line = iff(kind == "request", bag_merge(line, bag_pack("outcome", outcome, "count", count)), line)',
    '| extend line = iff(isnotempty(caller), bag_merge(line, bag_pack("caller", caller)), line)',
    '| extend line = iff(isnotempty(role), bag_merge(line, bag_pack("role", role)), line)',
    '| extend line = iff(isnotempty(access), bag_merge(line, bag_pack("access", access)), line)',
    "| project line = tostring(line)",
    "",
  ].join("\n");
