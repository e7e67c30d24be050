import type { FastifyInstance } from "fastify";
import type { Directory } from "../directory";
import * as bodies from "./bodies";
import type { GraphContext } from "./graphContext";
import { notFound } from "./graphError";
import type { Row } from "./odata/entityType";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";
import { shownApplication } from "./shownApplication";
import { shownPrincipal } from "./shownPrincipal";

/** Objects of any type by their ids. */
export function directoryObjectRoutes(app: FastifyInstance, { tenant, base, caller, directory }: GraphContext): void {
  const context = (suffix: string) => `${base()}/v1.0/$metadata#directoryObjects${suffix}`;
  const rows = (seen: Directory, id: string): Row[] => {
    const principal = seen.servicePrincipal(id);
    if (principal)
      return [{ "@odata.type": "#microsoft.graph.servicePrincipal", ...shownPrincipal(tenant, seen, principal) }];
    const application = seen.application(id);
    return application
      ? [{ "@odata.type": "#microsoft.graph.application", ...shownApplication(tenant, application) }]
      : [];
  };

  app.get<{ Params: { id: string } }>("/v1.0/directoryObjects/:id", async (request) => {
    permit.read(caller(request));
    const [row] = rows(directory(request), request.params.id.toLowerCase());
    if (!row) throw notFound(request.params.id);
    queryOf(request, []);
    return { "@odata.context": context("/$entity"), ...row };
  });

  app.post("/v1.0/directoryObjects/getByIds", async (request) => {
    permit.read(caller(request));
    const { ids, types = [] } = bodies.parse(bodies.objectIds, request.body, "getByIds");
    const found = ids.flatMap((id) => rows(directory(request), id));
    const isAsked = (row: Row) => types.some((type) => row["@odata.type"] === `#microsoft.graph.${type}`);
    return { "@odata.context": context(""), value: types.length === 0 ? found : found.filter(isAsked) };
  });
}
