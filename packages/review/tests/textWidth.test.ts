import fc from "fast-check";
import { reviewText } from "../report/text";
import { review } from "../review";
import { landscape, own } from "./support/landscape";

const today = "2026-11-25";

/** The review of one grant with this role, from `caller` to an API with this name. */
const textOf = (api: string, role: string, because: string, width: number): string =>
  reviewText(
    review(landscape({ application: { displayName: api }, role: { value: role }, grant: { because } }, [own]), {
      today,
    }),
    { width },
  );

const longestWordIn = (line: string): number => Math.max(...line.split(" ").map(({ length }) => length));

describe("the review in a terminal", () => {
  it.each([80, 120])(
    "is a table at %d columns if the names fit, and otherwise has the reason on a separate line",
    (width) => {
      const short = textOf("orders-prod", "Orders.Read", "It shows orders.", width).split("\n");
      const row = short.find((line) => line.includes("│ It shows orders."));
      expect([row?.trimEnd().replace(/ +│$/, " │"), row?.length]).toEqual([
        "│ caller │ orders-prod │ Orders.Read │ It shows orders. │",
        width,
      ]);
      const name = "payment-report-archive-of-the-european-subsidiaries-prod";
      const role = "PaymentReport.Write.All.Subsidiaries";
      const long = textOf(name, role, "It shows orders.", width).split("\n");
      expect(long.slice(long.findIndex((line) => line.startsWith("  caller → ")))).toEqual(
        width === 80
          ? [`  caller → ${name}`, `    ${role}`, "      It shows orders."]
          : [`  caller → ${name} ${role}`, "      It shows orders."],
      );
    },
  );

  it("never shortens a name, and has a line that is wider than the terminal only for a long word", () => {
    const word = fc.stringMatching(/^[A-Za-z][A-Za-z.-]{0,70}$/);
    const reason = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(word, word, reason, fc.integer({ min: 40, max: 160 }), (name, role, words, width) => {
        const api = `api-${name}`;
        const lines = textOf(api, role, words.join(" "), width).split("\n");
        const grants = lines.slice(lines.findIndex((line) => line.startsWith("Who may call whom")) + 1);
        for (const each of ["caller", api, role, ...words]) expect(grants.join("\n")).toContain(each);
        // A line begins with at most 10 spaces.
        for (const line of lines)
          if (line.length > width) expect(line.length).toBeLessThanOrEqual(longestWordIn(line) + 10);
      }),
    );
  });
});
