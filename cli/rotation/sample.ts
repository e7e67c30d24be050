import { defineLandscape } from "../../components/landscapeDefinition";

/** Three services and the calls between them. Each further service would make a simulated year take longer. */
export const rotationSample = defineLandscape({
  orders: {
    description: "Takes orders and knows the state of each.",
    appRoles: { "Orders.Read": { description: "Read orders and their state." } },
    calls: {
      inventory: { roles: ["Inventory.Read"], because: "An order is accepted only for goods in stock." },
      billing: { roles: ["Invoices.Write"], because: "An accepted order is invoiced." },
    },
  },
  inventory: {
    description: "Knows what is in stock, and where.",
    appRoles: { "Inventory.Read": { description: "Read stock levels." } },
  },
  billing: {
    description: "Writes invoices and collects payments.",
    appRoles: { "Invoices.Write": { description: "Create and cancel invoices." } },
    calls: { orders: { roles: ["Orders.Read"], because: "An invoice lists what was ordered." } },
  },
});
