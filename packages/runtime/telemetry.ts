import type { RefusalCode } from "./refusal";

/** An event. It never contains a token or a secret. */
export type TelemetryEvent =
  /** A guard admitted a client. */
  | { readonly kind: "admitted"; readonly role: string; readonly clientId: string }
  /** A guard refused a request. */
  | { readonly kind: "refused"; readonly role: string; readonly code: RefusalCode; readonly reason: string }
  /** A guard fetched the tenant's signing keys. */
  | { readonly kind: "keysRequested"; readonly outcome: "received" | "failed"; readonly seconds: number }
  /** A caller used a cached token, or waited for a new one. */
  | { readonly kind: "tokenServed"; readonly api: string; readonly from: "cache" | "entra" }
  /** A caller requested a token from Entra. The outcome is `issued`, or the code of the TokenError. */
  | { readonly kind: "tokenRequested"; readonly api: string; readonly outcome: string; readonly seconds: number }
  /** A caller read its credential from its vault. The age is that of the read version, if the vault reports it. */
  | { readonly kind: "credentialRead"; readonly ageSeconds: number | undefined }
  /** An API answered 403 to a caller. The token may be older than the grant. */
  | { readonly kind: "forbidden"; readonly api: string; readonly tokenAgeSeconds: number };

/** Receives the events of guards and callers. */
export interface Telemetry {
  /** Called for every event. An error that it throws is ignored, with one warning per process. */
  observe(event: TelemetryEvent): void;
  /** Headers that propagate the trace, for example W3C's `traceparent`. */
  headers?(): Readonly<Record<string, string>>;
}
