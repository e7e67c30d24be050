import { Landscape } from "../components/landscape";
import { defineLandscape } from "../components/landscapeDefinition";

// Two services and a call. `stacks/index.ts` does the same with settings, and passes `issued` on from one deployment to the
// next, so that a paused pipeline never removes a secret early.
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

const landscape = new Landscape("example", {
  definition,
  environment: "dev",
  location: "westeurope",
  rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
  now: new Date(),
  services: { reporting: { credential: { kind: "federated" } } },
});

export const directory = landscape.directory;
