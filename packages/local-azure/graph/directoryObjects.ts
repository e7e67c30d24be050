import type { FastifyInstance } from "fastify";
import type { Directory } from "../directory";
import * as bodies from "./bodies";
import type { GraphContext } from "./graphContext";
import { notFound } from "./graphError";
import { memberRow } from "./groups";
import type { Row } from "./odata/entityType";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";
import { shownApplication } from "./shownApplication";

/** Objects of any type by their ids. */
export function directoryObjectRoutes(app: FastifyInstance, { tenant, base, caller, directory }: GraphContext): void {
  const context = (suffix: string) => `${base()}/v1.0/$metadata#directoryObjects${suffix}`;
  const rows = (seen: Directory, id: string, isWhole: boolean): Row[] => {
    const row = memberRow(tenant, seen, id, isWhole);
    if (row) return [row];
    const application = seen.application(id);
    return application
      ? [{ "@odata.type": "#microsoft.graph.application", ...shownApplication(tenant, application) }]
      : [];
  };

  app.get<{ Params: { id: string } }>("/v1.0/directoryObjects/:id", async (request) => {
    permit.read(caller(request));
    const [row] = rows(directory(request), request.params.id.toLowerCase(), permit.seesMembers(caller(request)));
    if (!row) throw notFound(request.params.id);
    queryOf(request, []);
    return { "@odata.context": context("/$entity"), ...row };
  });

  app.post("/v1.0/directoryObjects/getByIds", async (request) => {
    permit.read(caller(request));
    const { ids, types = [] } = bodies.parse(bodies.objectIds, request.body, "getByIds");
    const found = ids.flatMap((id) => rows(directory(request), id, permit.seesMembers(caller(request))));
    const isAsked = (row: Row) => types.some((type) => row["@odata.type"] === `#microsoft.graph.${type}`);
    return { "@odata.context": context(""), value: types.length === 0 ? found : found.filter(isAsked) };
  });
}
