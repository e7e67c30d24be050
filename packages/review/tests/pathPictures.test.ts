import { accessModelOf } from "../accessModel";
import { openedPaths } from "../paths/openedPaths";
import { stackGraph } from "../paths/stackGraph";
import { flowchart } from "../report/mermaid";
import { graphPicture, openedPicture } from "../report/pathPictures";
import { landscape, policyOf, resource, vault } from "./support/landscape";

/** `count` services with the same owner, each with a role of the next one. */
const circle = (count: number) =>
  accessModelOf(
    Array.from({ length: count }, (_, index) => [
      resource("Application", `a${index}`, {
        displayName: `s${index}`,
        clientId: `s${index}`,
        owners: ["team"],
        appRoles: [{ id: `r${index}`, value: "Read", allowedMemberTypes: ["Application"] }],
      }),
      resource("ServicePrincipal", `p${index}`, { clientId: `s${index}`, objectId: `p-${index}` }),
      resource("AppRoleAssignment", `g${index}`, {
        principalObjectId: `p-${index}`,
        resourceObjectId: `p-${(index + 1) % count}`,
        appRoleId: `r${(index + 1) % count}`,
      }),
    ]).flat(),
  );

const drawn = (count: number) => {
  const model = circle(count);
  const picture = graphPicture(stackGraph(model), model);
  return picture?.arrows.map(({ caller, api, roles }) => `${caller} ${roles.join()} ${api}`);
};

describe("the picture of attack paths", () => {
  it("has a box for each party of a small landscape", () => {
    expect(drawn(2)).toEqual(["team owns s0", "team owns s1", "s0 holds s1 Read", "s1 holds s0 Read"]);
  });

  it.each([20, 200])("has one box for all services with the same kinds of steps: %d services", (count) => {
    expect(drawn(count)).toEqual([
      `team owns ${count} services s0, …`,
      `${count} services s0, … holds ${count} API roles s0 Read, …`,
    ]);
  });

  it("has different boxes for a vault and a party with the same name, and marks the step that opens a path as added", () => {
    const withReader = (...policies: object[]) =>
      accessModelOf(
        landscape({ identity: { name: "id-caller", principalId: "i-caller" } }, [
          vault("people", policyOf("i-caller", "get"), ...policies),
          resource("Group", "people", { displayName: "people", objectId: "g-people" }),
        ]),
      );
    const picture = openedPicture(openedPaths(withReader(), withReader(policyOf("g-people", "get"))));
    expect(picture?.arrows).toEqual([
      { caller: "people", api: "people (2)", roles: ["reads"], state: "added" },
      { caller: "people (2)", api: "caller", roles: ["contains a secret of"] },
      { caller: "caller", api: "api Read", roles: ["holds"] },
    ]);
    expect(openedPicture([])).toBeUndefined();
  });

  it("is a flowchart in Markdown, in which names are escaped", () => {
    expect(flowchart([{ from: 'a"]', to: "b", labels: ["owns"] }], (name) => `${name}\nmore`)).toEqual([
      "```mermaid",
      "flowchart LR",
      '  n0["a#34;#93;<br>more"] -->|"owns"| n1["b<br>more"]',
      "```",
    ]);
  });
});
