import { uniqueName } from "../../components/hooks";

describe("the name of a resource hook", () => {
  it("is what a component asks for, whatever other hooks there are; a second of the same name gets a number", () => {
    expect(
      ["orders-replication", "billing-replication", "orders-replication", "stock-replication"].map(uniqueName),
    ).toEqual(["orders-replication", "billing-replication", "orders-replication-2", "stock-replication"]);
  });
});
