import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { Declarations } from "../declarations";
import { reviewHtml } from "../report/html";
import { reviewJunit } from "../report/junit";
import { mostCharactersOnGitHub, reviewMarkdown } from "../report/markdown";
import { reviewSarif } from "../report/sarif";
import { reviewText } from "../report/text";
import { review } from "../review";
import { landscape, own, resource } from "./support/landscape";

const today = "2026-11-25";

/** A landscape of two services, one with a space in its name, and Microsoft Graph. */
const withBlanks = (name: string) =>
  landscape({ application: { displayName: `${name} api` } }, [
    own,
    resource("ServicePrincipal", "graph", {
      clientId: "00000003-0000-0000-c000-000000000000",
      objectId: "p-graph",
      useExisting: true,
    }),
  ]);
const graphGrant = resource("AppRoleAssignment", "reads", {
  principalObjectId: "p-caller",
  resourceObjectId: "p-graph",
  appRoleId: "df021288-bdef-4463-88db-98f22de89214",
});

const declarations = () => new Declarations(__dirname.replace(/packages.review.tests$/, ""), "dev");
const formats: Record<
  string,
  (resources: readonly EvaluatedResource[], before: readonly EvaluatedResource[]) => Promise<string> | string
> = {
  text: (resources, before) => reviewText(review(resources, { today, before: { resources: before } }), { width: 100 }),
  markdown: (resources, before) => reviewMarkdown(review(resources, { today, before: { resources: before } })),
  html: (resources, before) => reviewHtml(review(resources, { today, before: { resources: before } })),
  junit: (resources, before) => reviewJunit(review(resources, { today, before: { resources: before } })),
  sarif: (resources, before) =>
    reviewSarif(review(resources, { today, before: { resources: before } }), declarations()),
};

describe("names with spaces", () => {
  it.each(Object.keys(formats))("are complete in %s", async (format) => {
    const before = withBlanks("the public");
    const text = (await formats[format]?.([...before, graphGrant], before)) ?? "";
    expect(text).toContain("caller → Microsoft Graph User.Read.All");
  });

  it("are complete in a picture: a new grant for Microsoft Graph is an arrow to it, and no arrow to another API", () => {
    const before = withBlanks("the public");
    const { change } = review([...before, graphGrant], { today, before: { resources: before } });
    const text = reviewMarkdown(review([...before, graphGrant], { today, before: { resources: before } }));
    expect(text.split("\n").filter((line) => /^ {2}n\d/.test(line))).toEqual([
      '  n0["caller"] -->|"User.Read.All (new)"| n1["Microsoft Graph"]',
    ]);
    expect(change?.grants).toEqual({
      added: [{ caller: "caller", api: "Microsoft Graph", role: "User.Read.All" }],
      removed: [],
    });
  });
});

describe("the picture in a comment", () => {
  it("shows for each role whether it is new, removed or unchanged", () => {
    const role = (value: string) =>
      resource("ApplicationAppRole", `api-${value}`, { applicationId: "api-application", roleId: value, value });
    const grant = (value: string) =>
      resource("AppRoleAssignment", `call-${value}`, {
        principalObjectId: "p-caller",
        resourceObjectId: "p-api",
        appRoleId: value,
      });
    const roles = [...landscape({}, [own]), role("Old"), role("New")];
    const text = reviewMarkdown(
      review([...roles, grant("New")], { today, before: { resources: [...roles, grant("Old")] } }),
    );
    expect(text.split("\n").filter((line) => /^ {2}n\d/.test(line))).toEqual([
      '  n0["caller"] -->|"New (new)<br>Read<br>Old (removed)"| n1["api"]',
    ]);
  });
});

/** Characters that move the cursor, change the text direction or begin a line, and markup of the formats. */
const hostile =
  "x\u001b[2J\u0007\u202e\u2066\u200b\r\n::error::y ##vso[task.complete] @everyone #1 ![i](http://e.org/p.png) [l](http://e.org) <img src=x onerror=alert(1)> `c` | $(id) \"q\" 'q' ]]> & www.e.org {0}";

describe("hostile text in names and reasons", () => {
  const resources = [
    ...landscape({ application: { displayName: hostile }, grant: { because: hostile } }, [own]),
    graphGrant,
  ];

  it.each(Object.keys(formats))("contains no control characters and pipeline commands in %s", async (format) => {
    const text = (await formats[format]?.(resources, [])) ?? "";
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    // Pipelines interpret these as commands only at the beginning of a line.
    expect(text).not.toMatch(/^(::|##vso)/m);
  });

  it("cannot become a mention, an image, a link or HTML in a comment", () => {
    const text = reviewMarkdown(review(resources, { today }));
    const outside = text.replaceAll(/```[\s\S]*?```/g, "").replace("<!-- access review -->", "");
    expect(outside).not.toMatch(/@everyone|!\[|\]\(http|<img|\bhttps?:\/\//);
    const rows = outside.split("\n").filter((line) => line.startsWith("| "));
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
  });

  it("cannot become an element or an attribute in a page", async () => {
    const text = await reviewHtml(review(resources, { today }));
    expect(text).not.toMatch(/<img|onerror=alert\(1\)>/);
    expect(
      await reviewHtml(review(landscape({ password: { endDate: "<b>2027-01" } }, [own]), { today })),
    ).not.toContain("<b>2027");
  });

  it("cannot close an element of JUnit's XML", () => {
    const text = reviewJunit(review(resources, { today }));
    expect(text.replaceAll(/<\/?(testsuites?|testcase|failure)[^<>]*>|<\?xml[^<>]*>/g, "")).not.toMatch(/[<>]/);
  });
});

describe("a comment on a pull request", () => {
  it("always fits, even for a long review, and contains the most severe finding", () => {
    const roles = Array.from({ length: 3000 }, (_, index) =>
      resource("ApplicationAppRole", `api-${index}`, {
        applicationId: "api-application",
        roleId: `r${index}`,
        value: `Role.${index}`,
      }),
    );
    const assignments = roles.map((_, index) =>
      resource(
        "AppRoleAssignment",
        `grant-${index}`,
        { principalObjectId: "p-caller", resourceObjectId: "p-api", appRoleId: `r${index}` },
        { parent: "urn:pulumi:dev::p::microservice-identities:index:ApplicationPermissionGrant::call" },
      ),
    );
    const resources = [
      ...landscape(
        { grant: { because: "Because it is needed. ".repeat(22) }, principal: { appRoleAssignmentRequired: false } },
        [own],
      ),
      ...roles,
      ...assignments,
    ];
    const text = reviewMarkdown(review(resources, { today, before: { resources: [] } }), {
      whole: "https://example.org/run/1",
    });
    expect(text.length).toBeLessThanOrEqual(mostCharactersOnGitHub);
    expect(text.split("\n").find((line) => line.startsWith("| high"))).toMatch(/api-principal lets any application/);
    expect(text).toContain("[The whole review](https://example.org/run/1)");
  });
});

describe("a grant that stays in Azure", () => {
  it("is shown as still granted, not as removed", () => {
    const before = landscape({}, [own]).map((each) =>
      each.urn.endsWith("::call-Read") ? { ...each, options: { retainOnDelete: true } } : each,
    );
    const after = before.filter(({ urn }) => !urn.endsWith("::call-Read"));
    const result = review(after, { today, before: { resources: before } });
    const lines = reviewText(result, { width: 200 }).split("\n");
    expect(lines.filter((line) => /^ {2}[-!]/.test(line))).toEqual([
      "  ! caller may still call api with Read: the assignment stays in Azure (retainOnDelete)",
    ]);
  });
});
