import { defineLandscape } from "../../../../components/landscapeDefinition";

/** The landscape of the tests: the original content of `stacks/shop.ts`, which a team may change. */
export const shop = defineLandscape({
  orders: {
    description: "Takes orders and knows the state of each.",
    appRoles: {
      "Orders.Read": { description: "Read orders and their state." },
      "Orders.Write": { description: "Place orders and change their state." },
    },
    calls: {
      inventory: { roles: ["Inventory.Read"], because: "An order is accepted only for goods in stock." },
      billing: { roles: ["Invoices.Write"], because: "An accepted order is invoiced." },
    },
  },

  inventory: {
    description: "Knows what is in stock, and where.",
    appRoles: {
      "Inventory.Read": { description: "Read stock levels." },
      "Inventory.Write": { description: "Reserve, release and correct stock." },
    },
  },

  fulfillment: {
    description: "Packs and ships accepted orders.",
    appRoles: {
      "Shipments.Read": { description: "Follow shipments." },
    },
    calls: {
      inventory: { roles: ["Inventory.Write"], because: "Shipping an order takes its goods out of stock." },
      orders: { roles: ["Orders.Read", "Orders.Write"], because: "Reads what to ship, and marks it as shipped." },
    },
  },

  billing: {
    description: "Background job: writes invoices and collects payments.",
    appRoles: {
      "Invoices.Read": { description: "Read invoices and payments." },
      "Invoices.Write": { description: "Create and cancel invoices." },
    },
    calls: {
      orders: { roles: ["Orders.Read"], because: "An invoice lists what was ordered." },
    },
  },

  reporting: {
    description: "Nightly daemon: sums up the day for the people who run the shop.",
    appRoles: {},
    calls: {
      orders: { roles: ["Orders.Read"], because: "Counts the orders of the day." },
      inventory: { roles: ["Inventory.Read"], because: "Values the stock." },
      billing: { roles: ["Invoices.Read"], because: "Sums up invoices and payments." },
      ingest: { roles: ["Feeds.Read"], because: "Reports feeds that did not arrive." },
    },
  },

  ingest: {
    description: "Data processing: turns the feeds of suppliers into stock.",
    appRoles: {
      "Feeds.Read": { description: "Read which feeds arrived, and when." },
      "Feeds.Write": { description: "Hand in a feed." },
    },
    calls: {
      inventory: { roles: ["Inventory.Write"], because: "A delivered feed raises stock levels." },
    },
  },
});
