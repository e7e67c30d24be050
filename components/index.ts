// What the npm package gives to other Pulumi programs.
export * from "./applicationPermissionGrant";
export * from "./appRegistration";
export * from "./clientCertificate";
export * from "./clientSecret";
export * from "./directory";
export * from "./landscape";
export * from "./landscapeDefinition";
export * from "./microservice";
export * from "./otherLandscape";
export * from "./pipelineIdentity";
export * from "./roleRetirement";
export * from "./rotation";
export * from "./serviceVault";
export { ArgumentError, UserError } from "./validation";
export * from "./workloadCredential";
