import { context, metrics, propagation, trace } from "@opentelemetry/api";
import type { Telemetry, TelemetryEvent } from "./telemetry";

/**
 * Reports to OpenTelemetry through its API package alone: the SDK that the service has set up receives the reports; without an
 * SDK, nothing happens. The instruments and their attributes:
 *
 * - `service_identity.guard.decisions`, a counter: `api`, `role`, `outcome` (`admitted` or the refusal's code), `client` (who was
 *   admitted, or lacks the role), `access` (`read` or `write`, for admitted requests). APIs and clients are client ids
 * - `service_identity.guard.recording`, a gauge that is 1 for each guard: `api`. It distinguishes an API without requests from one whose guard
 *   does not report
 * - `service_identity.guard.key_requests`, a counter: `outcome`
 * - `service_identity.tokens.served`, a counter: `api`, `from` (`cache` or `entra`)
 * - `service_identity.tokens.request.duration`, a histogram in seconds: `api`, `outcome` (`issued` or the error's code)
 * - `service_identity.credential.age`, a gauge in seconds
 * - `service_identity.calls.forbidden`, a counter: `api`
 *
 * A refusal is also an event of the active span, with its reason. `traceparent` and `tracestate` are sent along by `Caller`.
 */
export function openTelemetry(): Telemetry {
  const meter = metrics.getMeter("@microservice-identities/runtime");
  const decisions = meter.createCounter("service_identity.guard.decisions");
  const keyRequests = meter.createCounter("service_identity.guard.key_requests");
  const served = meter.createCounter("service_identity.tokens.served");
  const duration = meter.createHistogram("service_identity.tokens.request.duration", { unit: "s" });
  const forbidden = meter.createCounter("service_identity.calls.forbidden");
  const age = meter.createObservableGauge("service_identity.credential.age", { unit: "s" });
  const guarded = new Set<string>();
  meter.createObservableGauge("service_identity.guard.recording").addCallback((result) => {
    for (const api of guarded) result.observe(1, { api });
  });
  /** When the version of the credential in use was written, in milliseconds since 1970. */
  let writtenAt: number | undefined;
  age.addCallback((result) => {
    if (writtenAt !== undefined) result.observe((Date.now() - writtenAt) / 1000);
  });

  const observe = (event: TelemetryEvent): void => {
    switch (event.kind) {
      case "guardCreated":
        guarded.add(event.api);
        break;
      case "admitted":
        decisions.add(1, {
          api: event.api,
          role: event.role,
          outcome: "admitted",
          client: event.clientId,
          ...(event.access ? { access: event.access } : {}),
        });
        break;
      case "refused": {
        const { api, role, code, reason, clientId } = event;
        const client = clientId === undefined ? {} : { client: clientId };
        decisions.add(1, { api, role, outcome: code, ...client });
        trace.getActiveSpan()?.addEvent("refused", { role, code, reason, ...client });
        break;
      }
      case "keysRequested":
        keyRequests.add(1, { outcome: event.outcome });
        break;
      case "tokenServed":
        served.add(1, { api: event.api, from: event.from });
        break;
      case "tokenRequested":
        duration.record(event.seconds, { api: event.api, outcome: event.outcome });
        break;
      case "credentialRead":
        writtenAt = event.ageSeconds === undefined ? undefined : Date.now() - event.ageSeconds * 1000;
        break;
      case "forbidden": {
        const { api, tokenAgeSeconds } = event;
        forbidden.add(1, { api });
        trace.getActiveSpan()?.addEvent("forbidden", { api, "token.age": tokenAgeSeconds });
        break;
      }
    }
  };
  return {
    observe,
    headers() {
      const carried: Record<string, string> = {};
      propagation.inject(context.active(), carried);
      return carried;
    },
  };
}
