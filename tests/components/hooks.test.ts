import { uniqueName } from "../../components/hooks";

describe("the name of a resource hook", () => {
  it("is the name that the component asks for; a second hook with the same name gets a number", () => {
    expect(
      ["orders-replication", "billing-replication", "orders-replication", "stock-replication"].map(uniqueName),
    ).toEqual(["orders-replication", "billing-replication", "orders-replication-2", "stock-replication"]);
  });
});
