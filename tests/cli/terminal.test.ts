import { timesText } from "../../cli/terminal";

describe("the times of the phases", () => {
  it("are in one column, even beside a long list of stacks", () => {
    expect(timesText({ "Start the local Azure": 500, "Deploy stack shop-dev, finance-dev": 8210 }).split("\n")).toEqual(
      [
        "  Start the local Azure               0.5 s",
        "  Deploy stack shop-dev, finance-dev  8.2 s",
        "  Total                               8.7 s",
      ],
    );
  });
});
