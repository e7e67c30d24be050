import { uniqueName } from "../../components/hooks";

describe("the name of a resource hook", () => {
  it("is the name that a component asks for, even if other hooks exist; a second hook of the same name gets a number", () => {
    expect(
      ["orders-replication", "billing-replication", "orders-replication", "stock-replication"].map(uniqueName),
    ).toEqual(["orders-replication", "billing-replication", "orders-replication-2", "stock-replication"]);
  });
});
