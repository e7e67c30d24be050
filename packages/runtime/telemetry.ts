import type { RefusalCode } from "./refusal";

/** What happened. None of it holds a token or a secret. */
export type TelemetryEvent =
  /** A guard let a client in. */
  | { readonly kind: "admitted"; readonly role: string; readonly clientId: string }
  /** A guard refused a request. */
  | { readonly kind: "refused"; readonly role: string; readonly code: RefusalCode; readonly reason: string }
  /** A guard asked for the tenant's signing keys. */
  | { readonly kind: "keysRequested"; readonly outcome: "received" | "failed"; readonly seconds: number }
  /** A caller had a token at hand, or had to wait for one. */
  | { readonly kind: "tokenServed"; readonly api: string; readonly from: "cache" | "entra" }
  /** A caller asked Entra for a token. The outcome is `issued`, or the code of the TokenError. */
  | { readonly kind: "tokenRequested"; readonly api: string; readonly outcome: string; readonly seconds: number }
  /** A caller read its credential from its vault. The age is that of the version read, where the vault says it. */
  | { readonly kind: "credentialRead"; readonly ageSeconds: number | undefined }
  /** An API answered 403 to a caller. The token may be older than the grant. */
  | { readonly kind: "forbidden"; readonly api: string; readonly tokenAgeSeconds: number };

/** Where guards and callers report to. */
export interface Telemetry {
  /** Is told of every event. What it throws is dropped, with one warning a process. */
  observe(event: TelemetryEvent): void;
  /** Headers that carry the trace on, as W3C's `traceparent`. */
  headers?(): Readonly<Record<string, string>>;
}
