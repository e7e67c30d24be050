export { type DenyByDefaultOptions, denyByDefault, type RouteReport } from "./express/denyByDefault";
export {
  clientOf,
  type Middleware,
  type NodeRequest,
  type NodeResponse,
  type Refused,
  requireAppRole,
} from "./express/requireAppRole";
