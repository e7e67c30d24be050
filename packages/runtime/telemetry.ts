import type { RefusalCode } from "./refusal";

/**
 * Whether a request only reads, by its HTTP method: GET, HEAD and OPTIONS do.
 * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
 */
export type Access = "read" | "write";

/** An event. It never contains a token or a secret. */
export type TelemetryEvent =
  /** A guard was created: its decisions for this API, a client id, are reported from now on. */
  | { readonly kind: "guardCreated"; readonly api: string }
  /** A guard admitted a client, which used this role. The access is known if the guard was told the HTTP method. */
  | {
      readonly kind: "admitted";
      /** The client id of the API. */
      readonly api: string;
      readonly role: string;
      readonly clientId: string;
      readonly access?: Access;
    }
  /** A guard refused a request. The client is known if its token was valid and only the role was missing. */
  | {
      readonly kind: "refused";
      readonly api: string;
      readonly role: string;
      readonly code: RefusalCode;
      readonly reason: string;
      readonly clientId?: string;
    }
  /** A guard fetched the tenant's signing keys. */
  | { readonly kind: "keysRequested"; readonly outcome: "received" | "failed"; readonly seconds: number }
  /** A caller was created: its token requests are reported from now on. */
  | { readonly kind: "callerCreated"; readonly clientId: string }
  /** A caller used a cached token, or waited for a new one. */
  | { readonly kind: "tokenServed"; readonly api: string; readonly from: "cache" | "entra" }
  /** A caller requested a token from Entra. The outcome is `issued`, or the code of the TokenError. */
  | {
      readonly kind: "tokenRequested";
      readonly api: string;
      readonly outcome: string;
      readonly seconds: number;
      /** The client id of the caller. */
      readonly clientId: string;
      /** The requested scope, for example `https://graph.microsoft.com/.default`. */
      readonly scope: string;
    }
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
