import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../components/landscape";
import { defineLandscape } from "../components/landscapeDefinition";
import type { IssuedSecret } from "../components/rotation";
import { fullStackName, outputsOfStack } from "../components/stackOutputs";

// Two services and a call. `stacks/index.ts` does the same with settings.
const definition = defineLandscape({
  orders: {
    description: "Takes orders.",
    appRoles: { "Orders.Read": { description: "Read orders and their state." } },
  },
  reporting: {
    description: "Sums up the day.",
    appRoles: {},
    calls: { orders: { roles: ["Orders.Read"], because: "Counts the orders of the day." } },
  },
});

export = async () => {
  // The secrets that the last deployment knew, so that a paused pipeline never removes one early.
  const last = await outputsOfStack<{ issued?: Record<string, IssuedSecret[]> }>(fullStackName(pulumi.getStack()));
  const landscape = new Landscape("example", {
    definition,
    environment: "dev",
    location: "westeurope",
    rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
    now: new Date(),
    issued: last?.issued,
    services: { reporting: { credential: { kind: "federated" } } },
  });
  return { tenantId: landscape.tenantId, directory: landscape.directory, issued: landscape.issued };
};
