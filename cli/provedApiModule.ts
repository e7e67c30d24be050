/** The APIs of a proof are guarded as our services guard theirs, by the runtime. */
export const provedApiModule = require.resolve("@microservice-identities/runtime/samples/provedApi");
