// The exports of the npm package for other Pulumi programs.

export { ArgumentError, UserError } from "../packages/validation/userError";
export * from "./alarms";
export * from "./applicationPermissionGrant";
export * from "./appRegistration";
export * from "./clientCertificate";
export * from "./clientSecret";
export * from "./directory";
export * from "./fixedSettings";
export * from "./landscape";
export * from "./landscapeDefinition";
export * from "./microservice";
export * from "./otherLandscape";
export * from "./pipelineIdentity";
export * from "./roleRetirement";
export * from "./rotation";
export * from "./serviceAccount";
export * from "./serviceAccountCredential";
export * from "./serviceVariables";
export * from "./serviceVault";
export * from "./serviceWorkload";
export * from "./stackOutputs";
export * from "./workloadCredential";
