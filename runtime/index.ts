// What a microservice itself runs. The adapters of the frameworks are modules of their own.
export * from "./caller";
export * from "./configuration";
export * from "./guard";
export { TokenError } from "./tokenError";
