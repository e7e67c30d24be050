import { defineLandscape } from "../../../../components/landscapeDefinition";

/**
 * The shop as a team may change it: it has a different name, some services are removed and others added, and there is an additional
 * role (`Inventory.Audit`) with a call.
 */
export const store = defineLandscape({
  orders: {
    description: "Takes orders and knows the state of each.",
    appRoles: { "Orders.Read": { description: "Read orders and their state." } },
    calls: { inventory: { roles: ["Inventory.Read"], because: "An order is accepted only for goods in stock." } },
  },

  inventory: {
    description: "Knows what is in stock, and where.",
    appRoles: {
      "Inventory.Read": { description: "Read stock levels." },
      "Inventory.Write": { description: "Reserve, release and correct stock." },
      "Inventory.Audit": { description: "Read who changed which stock level." },
    },
  },

  ingest: {
    description: "Data processing: turns the feeds of suppliers into stock.",
    appRoles: {},
    calls: {
      inventory: { roles: ["Inventory.Write"], because: "A delivered feed raises stock levels." },
      orders: { roles: ["Orders.Read"], because: "Feeds are matched with open orders." },
    },
  },

  returns: {
    description: "Takes goods back.",
    appRoles: { "Returns.Read": { description: "Read what came back, and why." } },
    calls: {
      inventory: { roles: ["Inventory.Audit", "Inventory.Write"], because: "What came back is in stock again." },
      orders: { roles: ["Orders.Read"], because: "Finds the order that something belongs to." },
    },
  },
});
