export { type DenyByDefaultOptions, denyByDefault } from "./fastify/denyByDefault";
export { clientOf, type RouteHook, requireAppRole } from "./fastify/requireAppRole";
