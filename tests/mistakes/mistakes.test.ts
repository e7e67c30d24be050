import { deployedServices, formatsOfVariables } from "./deployedServices";
import { environmentsOfCommands, environmentsOfServices, tokenFiles } from "./environment";
import { faultFiles, otherFiles, waiverFiles } from "./files";
import { flagsOfCommands } from "./flags";
import { landscapesInTypeScript } from "./landscapeInTypeScript";
import { callsInYaml, landscapesInYaml } from "./landscapeInYaml";
import { type Mistake, messageOf, removeFolder, secretLike } from "./mistake";
import { namesInSettings, settingsOfStacks } from "./settings";

// What these tests cannot prove: that people understand the messages, and that people make no other mistakes.

const mistakes: readonly Mistake[] = [
  ...landscapesInYaml,
  ...callsInYaml,
  ...landscapesInTypeScript,
  ...settingsOfStacks,
  ...namesInSettings,
  ...waiverFiles,
  ...faultFiles,
  ...otherFiles,
  ...flagsOfCommands,
  ...deployedServices,
  ...formatsOfVariables,
  ...environmentsOfServices,
  ...tokenFiles,
  ...environmentsOfCommands,
];

afterAll(removeFolder);

it.each(mistakes.map((mistake) => [mistake.what, mistake] as const))("the message about %s", async (_, mistake) => {
  expect(await messageOf(mistake)).toEqual(mistake.message);
});

it("there are at least 103 mistakes, all different", () => {
  expect(new Set(mistakes.map(({ what }) => what)).size).toBe(mistakes.length);
  expect(mistakes.length).toBeGreaterThanOrEqual(103);
});

it("no message repeats a secret, fills the screen with one value, or uses the words of the schema library", () => {
  const lines = mistakes.flatMap(({ message }) => message);
  const wrong = (line: string) =>
    line.includes(secretLike) ||
    line.includes("long ".repeat(20)) ||
    /invalid (input|option|key|string)|\b(un)?expected \w+,|received|unrecogni[sz]ed|✖|zod|undefined|\[object/i.test(
      line,
    );
  expect(lines.filter(wrong)).toEqual([]);
});
