/** The module of the APIs in a proof. Like real services, they are guarded by the runtime. */
export const provedApiModule = require.resolve("@microservice-identities/runtime/samples/provedApi");
