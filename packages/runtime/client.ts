/** The caller of an API, as its token proves it. */
export interface Client {
  /** The application (client) id of the client. */
  readonly clientId: string;
  /** The object id of the client's service principal. */
  readonly objectId: string;
  /** The app roles that it holds. */
  readonly roles: readonly string[];
}
