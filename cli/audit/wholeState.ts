import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { capped } from "@microservice-identities/review/capped";
import { type Problem, ProblemsError } from "@microservice-identities/validation/problems";
import { readStates } from "../review/files";

/**
 * The resources of exported states. A part of a state is refused: the audit would report as undeclared what the rest declares.
 *
 * @throws CommandError, and ProblemsError for a part of a state; both name the file
 */
export async function readWholeStates(files: readonly string[]): Promise<EvaluatedResource[]> {
  const states = await Promise.all(
    files.map(async (file) => {
      const resources = await readStates([file]);
      const problems = missingIn(resources);
      if (problems.length > 0) throw new ProblemsError(file, problems);
      return resources;
    }),
  );
  return states.flat();
}

const mostNames = 5;
const howToExport = "deploy the stack, and export it again with `pulumi stack export --file <file>`";

function missingIn(resources: readonly EvaluatedResource[]): Problem[] {
  const path = ["deployment", "resources"];
  if (resources.length === 0)
    return [
      { path, text: `deployment.resources is empty; allowed: the resources of a deployed stack; ${howToExport}` },
    ];
  if (!resources.some(({ type }) => type === "pulumi:pulumi:Stack"))
    return [
      {
        path,
        text: `deployment.resources has no pulumi:pulumi:Stack, so it is only a part of a state; allowed: all resources of a stack, as \`pulumi stack export\` writes them. The state.json of \`npm run local\` contains only grants`,
      },
    ];
  const unfinished = resources.filter((resource) => !neededBy(resource).every(isText));
  if (unfinished.length === 0) return [];
  const names = capped(
    unfinished.map((resource) => `${kindOf(resource)} ${nameOf(resource.urn)}`),
    mostNames,
  );
  const text = `deployment.resources contains resources without their ids: ${names.join(", ")}; allowed: deployed resources; ${howToExport}`;
  return [{ path, text }];
}

/** The ids by which the audit finds the objects of a resource. */
const neededBy = ({ id, type, component, properties }: EvaluatedResource): readonly unknown[] =>
  component || type.startsWith("pulumi:") ? [] : [id, ...(idsOf[type] ?? []).map((name) => properties[name])];

const idsOf: Readonly<Record<string, readonly string[]>> = {
  "azuread:index/application:Application": ["clientId"],
  "azuread:index/servicePrincipal:ServicePrincipal": ["clientId"],
  "azure-native:managedidentity:UserAssignedIdentity": ["principalId"],
};

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
