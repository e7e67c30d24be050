import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import { type EvaluatedResource, kindOf, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsType } from "@microservice-identities/engine/evaluation/stackSettings";
import { defaultRotation, type RotationPolicy } from "../../components/rotation";
import { markOf } from "../adoption/leftovers";
import { AdoptionError, type Kind, Search } from "../adoption/search";
import { TenantError, type TenantReader } from "../adoption/tenant";
import { type Outcome, outcome, together } from "./outcome";
import type { RotationSetting } from "./secretPolicies";

export type Json = Record<string, unknown>;

/** The kinds of declared resources that are searched in the tenant. Grants are found by the services that hold them. */
const searched: readonly Kind[] = ["Application", "ServicePrincipal", "RandomUuid", "AppRoleAssignment"];

export interface SurveyOptions {
  readonly stack: string;
  /** The resources of the stack, and of those that it calls, by an offline evaluation. */
  readonly wanted: readonly EvaluatedResource[];
  readonly tenant: TenantReader;
  /** The resources in the stack's state, if it can be read. */
  readonly state?: readonly StateResource[];
}

/** The resources that a stack declares, and those of them that exist. */
export class Survey {
  private constructor(
    readonly tenant: TenantReader,
    private readonly own: readonly EvaluatedResource[],
    private readonly ids: ReadonlyMap<string, string>,
    private readonly state: ReadonlyMap<string, StateResource>,
    private readonly search: Search,
    /** Whether the state could be read. */
    readonly hasState: boolean,
    /** The object id of the identity that creates applications: the stack's `owner`, or the identity that runs the preflight. */
    readonly creator: string,
    /** The parts that could not be checked. */
    readonly outcome: Outcome,
    readonly rotation: RotationSetting,
  ) {}

  static async of({ stack, wanted, tenant, state }: SurveyOptions): Promise<Survey> {
    const search = new Search(wanted, tenant, { mark: markOf(state ?? []) });
    const known = new Map((state ?? []).map((resource) => [resource.urn, resource]));
    const ids = new Map<string, string>();
    const outcomes: Outcome[] = [];
    for (const resource of wanted) {
      const there = known.get(resource.urn);
      if (!there) continue;
      search.know(resource, there);
      ids.set(resource.urn, there.id);
    }
    for (const kind of searched) {
      for (const resource of wanted) {
        if (kindOf(resource) !== kind || ids.has(resource.urn)) continue;
        try {
          const found = await search.find(kind, resource);
          if (found) ids.set(resource.urn, found.id);
        } catch (error) {
          outcomes.push(unclear(resource, error));
        }
      }
    }
    const own = wanted.filter((resource) => stackOf([resource]) === stack);
    const creator = ownerIn(own) ?? tenant.objectId;
    return new Survey(tenant, own, ids, known, search, state !== undefined, creator, together(outcomes), {
      ...defaultRotation,
      ...rotationIn(own),
      file: `Pulumi.${stack}.yaml`,
    });
  }

  /** The stack's own resources of a kind. */
  wanted(kind: string): EvaluatedResource[] {
    return this.own.filter((resource) => kindOf(resource) === kind);
  }

  /** The id of an existing resource; `undefined` if a deployment would create it. */
  idOf({ urn }: EvaluatedResource): string | undefined {
    return this.ids.get(urn);
  }

  /** The resource in the state; `undefined` if a deployment would create or adopt it. */
  stateOf({ urn }: EvaluatedResource): StateResource | undefined {
    return this.state.get(urn);
  }

  /** A resource's properties, with known values in place of those that the evaluation generated. */
  propertiesOf(resource: EvaluatedResource): Json {
    return this.search.known(resource.properties) as Json;
  }

  /** The service that an application is the registration of, by its name in the settings. */
  serviceOf({ urn }: EvaluatedResource): string {
    return (urn.split("::").at(-1) ?? "").replace(/-application$/, "");
  }

  /** The stack's resources of a kind that belong to an application. */
  partsOf(application: EvaluatedResource, kind: string): EvaluatedResource[] {
    return this.wanted(kind).filter(({ properties }) => properties.applicationId === application.id);
  }
}

const ownerIn = (own: readonly EvaluatedResource[]): string | undefined => settingIn(own, "owner");

const rotationIn = (own: readonly EvaluatedResource[]): Partial<RotationPolicy> =>
  JSON.parse(settingIn(own, "rotation") ?? "{}") as Partial<RotationPolicy>;

function settingIn(own: readonly EvaluatedResource[], name: string): string | undefined {
  const settings = own.find(({ type }) => type === settingsType)?.properties ?? {};
  const [, value] = Object.entries(settings).find(([key]) => key.endsWith(`:${name}`)) ?? [];
  return typeof value === "string" ? value : undefined;
}

function unclear(resource: EvaluatedResource, error: unknown): Outcome {
  if (!(error instanceof AdoptionError || error instanceof TenantError)) throw error;
  const { displayName = resource.urn.split("::").at(-1) } = resource.properties;
  return outcome({
    unchecked: [
      {
        what: `whether ${kindOf(resource)} ${displayName} exists`,
        needs: error instanceof AdoptionError ? "one object of this name" : "Application.Read.All in Microsoft Graph",
        reason: error.message,
      },
    ],
  });
}
