import { type Assumption, verdict } from "../assumption";
import { registration } from "../fixtures";
import { errorOf, type Lab } from "../lab";
import type { Answer } from "../wire";

export const tagFilter: Assumption = {
  id: "C-04",
  sentence: "An application can have tags, and lists can be filtered by `tags/any(t:t eq '…')`.",
  reliesOn:
    "the mark of a stack (components/appRegistration.ts), and the search for leftovers (cli/adoption/leftovers.ts)",
  how: "Creates an application with a tag and one without, and lists those with the tag.",
  async examine(lab) {
    const mark = `conformance:${lab.prefix}`;
    const tagged = await registration(lab, "tagged", { tags: [mark] });
    await registration(lab, "untagged");
    const filter = encodeURIComponent(`tags/any(t:t eq '${mark}')`);
    const asked = await lab.graphRequest("GET", `/applications?$filter=${filter}&$select=id`);
    const { answer, milliseconds } = await lab.until(asked, (each) => each.status >= 400 || idsOf(each).length > 0);
    if (answer.status >= 400 || milliseconds === undefined) return verdict(false, seen(answer));
    return verdict(idsOf(answer).join() === tagged.id, `found ${idsOf(answer).length} of the 1 with the tag`);
  },
};

export const idsOf = ({ body }: Answer): string[] =>
  Array.isArray(body.value) ? body.value.map(({ id }: { id: string }) => id) : [];

const seen = (answer: Parameters<typeof errorOf>[0]): string =>
  answer.status >= 400 ? errorOf(answer) : "the application with the tag was not found";

/** The ids of the applications whose names begin with the text. */
export const namedLike = (lab: Lab, start: string) =>
  lab.graphRequest(
    "GET",
    `/applications?$filter=${encodeURIComponent(`startswith(displayName,'${start}')`)}&$select=id`,
  );
