import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { flexibleIssuers, parseClaimsExpression } from "../claimsMatchingExpression";
import type { Application, FederatedIdentityCredential } from "../directoryObjects";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, GraphError, notFound } from "./graphError";
import type { Row } from "./odata/entityType";
import { page, selected } from "./odata/page";
import { objectQueryOf, queryOf } from "./odata/query";
import { permit } from "./permissions";

type ByVersion = { version: string; id: string };
type ById = { Params: ByVersion };
type ByCredential = { Params: ByVersion & { credential: string } };

/** The federated identity credentials of an application. In beta they can be flexible. */
export function federatedCredentialRoutes(
  app: FastifyInstance,
  { see, find }: Record<"see" | "find", (request: FastifyRequest<{ Params: { id: string } }>) => Application>,
  { tenant, base, caller, ordered }: GraphContext,
): void {
  const path = "/:version(^v1\\.0$|^beta$)/applications/:id/federatedIdentityCredentials";
  const addressOf = ({ version }: ByVersion, rest: string) => `${base()}/${version}/${rest}`;
  const context = (params: ByVersion, id: string) =>
    addressOf(params, `$metadata#applications('${id}')/federatedIdentityCredentials`);
  const credentialOf = (application: Application, id: string) => {
    const found = application.federatedIdentityCredentials.find((record) => record.id === id || record.name === id);
    if (!found) throw notFound(id);
    return found;
  };
  const bodyOf = ({ version }: ByVersion) =>
    version === "beta" ? bodies.flexibleCredential : bodies.federatedIdentityCredential;

  app.post<ById>(path, async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const body = bodies.parse<Body>(bodyOf(request.params), request.body, "FederatedIdentityCredential");
    const { name, issuer, subject = null, claimsMatchingExpression, audiences, description = null } = body;
    const expression = expressionOf(issuer, subject, claimsMatchingExpression);
    const records = application.federatedIdentityCredentials;
    if (records.length >= 20)
      throw new GraphError(
        400,
        "Request_BadRequest",
        "Maximum number of federated identity credentials, 20, has been reached.",
      );
    const isSame = (each: FederatedIdentityCredential) =>
      each.issuer === issuer && each.subject === subject && each.claimsMatchingExpression?.value === expression?.value;
    if (records.some((each) => each.name === name || isSame(each))) {
      throw new GraphError(
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        "FederatedIdentityCredential with the same name, or issuer and subject, already exists.",
      );
    }
    const record = {
      id: randomUUID(),
      name,
      issuer,
      subject,
      claimsMatchingExpression: expression,
      audiences,
      description,
    };
    tenant.setFederatedCredentials(application, "added", [...records, record]);
    const odataContext = `${context(request.params, application.id)}/$entity`;
    return reply.code(201).send({ "@odata.context": odataContext, ...shownCredential(request.params.version, record) });
  });

  app.get<ById>(path, async (request) => {
    permit.read(caller(request));
    const application = see(request);
    const rows = ordered(application.federatedIdentityCredentials).map((record) =>
      shownCredential(request.params.version, record),
    );
    const address = addressOf(request.params, `applications/${application.id}/federatedIdentityCredentials`);
    const type = entityTypes.federatedIdentityCredential;
    return page(context(request.params, application.id), address, type, rows, queryOf(request));
  });

  app.get<ByCredential>(`${path}/:credential`, async (request) => {
    permit.read(caller(request));
    const application = see(request);
    const odataContext = `${context(request.params, application.id)}/$entity`;
    const row = shownCredential(request.params.version, credentialOf(application, request.params.credential));
    const type = entityTypes.federatedIdentityCredential;
    return { "@odata.context": odataContext, ...selected(type, row, objectQueryOf(request)) };
  });

  app.patch<ByCredential>(`${path}/:credential`, async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const record = credentialOf(application, request.params.credential);
    // The azuread provider also sends the id, which is read-only: it must be the id of this credential.
    const type = bodyOf(request.params)
      .partial()
      .extend({ id: z.literal(record.id).optional() });
    const body = bodies.parse<Partial<Body>>(type, request.body, "FederatedIdentityCredential");
    const { "@odata.type": _, ...changes } = body;
    const after = { ...record, ...changes };
    const expression = expressionOf(after.issuer, after.subject, after.claimsMatchingExpression);
    const changed = application.federatedIdentityCredentials.map((each) =>
      each === record ? { ...after, claimsMatchingExpression: expression } : each,
    );
    tenant.setFederatedCredentials(application, "changed", changed);
    return reply.code(204).send();
  });

  app.delete<ByCredential>(`${path}/:credential`, async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const record = credentialOf(application, request.params.credential);
    const kept = application.federatedIdentityCredentials.filter((each) => each !== record);
    tenant.setFederatedCredentials(application, "removed", kept);
    return reply.code(204).send();
  });
}

type Body = z.output<typeof bodies.flexibleCredential>;

/** Version 1.0 does not return the expression. */
export function shownCredential(version: string, credential: FederatedIdentityCredential): Row {
  const { claimsMatchingExpression = null, ...record } = credential;
  return version === "beta" ? { ...record, claimsMatchingExpression } : record;
}

/** @throws GraphError unless there is either a subject or an expression that Entra can match */
function expressionOf(
  issuer: string,
  subject: string | null | undefined,
  given: Body["claimsMatchingExpression"],
): FederatedIdentityCredential["claimsMatchingExpression"] {
  if (!given && !subject)
    throw badRequest(
      "A value is required for property 'subject' or 'claimsMatchingExpression' of resource 'FederatedIdentityCredential'.",
    );
  if (!given) return null;
  if (subject)
    throw badRequest(
      "Properties 'subject' and 'claimsMatchingExpression' of resource 'FederatedIdentityCredential' exclude each other.",
    );
  const allowed = flexibleIssuers[issuer];
  if (!allowed) {
    const issuers = Object.keys(flexibleIssuers).join(", ");
    throw badRequest(
      `Property 'claimsMatchingExpression' is not supported for issuer '${issuer}'; supported: ${issuers}.`,
    );
  }
  const conditions = parseClaimsExpression(given.value);
  const foreign = conditions?.find(({ claim }) => !allowed.includes(claim));
  if (!conditions || foreign) {
    throw badRequest(
      `Invalid value specified for property 'claimsMatchingExpression.value': '${given.value}'; supported: claims['…'] with eq or matches, joined by and, for the claims ${allowed.join(", ")}.`,
    );
  }
  return { value: given.value, languageVersion: given.languageVersion };
}
