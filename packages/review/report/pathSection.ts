import type { AccessModel } from "../accessModel";
import { attackPaths } from "../paths/attackPaths";
import { stackGraph } from "../paths/stackGraph";
import { landscapePicture } from "./landscapePicture";
import { escaped, inlineSvg } from "./page";
import { graphPicture, type PathPicture } from "./pathPictures";
import { pathTables } from "./pathTables";

/** The attack paths: a picture, and the shortest paths. */
export async function pathSection(
  model: AccessModel,
  graph = stackGraph(model),
  paths = attackPaths(model, graph),
): Promise<string[]> {
  const picture = graphPicture(graph, model);
  return [...(picture ? [await pathFigure(picture, "Attack paths")] : []), ...pathTables(paths)];
}

export const pathFigure = async (
  { services, arrows, labels, dangerous, caption }: PathPicture,
  label: string,
): Promise<string> =>
  `<figure class="paths">${inlineSvg(await landscapePicture(services, arrows, labels, dangerous), label)}<figcaption>${escaped(caption)}</figcaption></figure>`;
