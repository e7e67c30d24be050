import { BlockList, isIPv6 } from "node:net";
import type { ServicePrincipal } from "./directoryObjects";

/**
 * A policy about workload identities. https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
 *
 * Policies about users are not modelled: the local Azure has no users.
 */
export interface ConditionalAccessPolicy {
  readonly id: string;
  readonly createdDateTime: string;
  readonly displayName: string;
  readonly state: "enabled" | "disabled" | "enabledForReportingButNotEnforced";
  readonly conditions: {
    readonly applications: { readonly includeApplications: string[]; readonly excludeApplications: string[] };
    readonly clientApplications: {
      /** Object ids, or `ServicePrincipalsInMyTenant`. */
      readonly includeServicePrincipals: string[];
      readonly excludeServicePrincipals: string[];
    };
    /** Ids of named locations, `All` or `AllTrusted`; null: everywhere. */
    readonly locations: { readonly includeLocations: string[]; readonly excludeLocations: string[] } | null;
  };
  /** The only control for workload identities. */
  readonly grantControls: { readonly operator: "OR" | "AND"; readonly builtInControls: "block"[] };
}

/** https://learn.microsoft.com/graph/api/resources/ipnamedlocation */
export interface NamedLocation {
  readonly id: string;
  readonly createdDateTime: string;
  readonly displayName: string;
  readonly isTrusted: boolean;
  /** For example `203.0.113.0/24`. */
  readonly ranges: readonly string[];
}

/** A client with an accepted credential that requests a token. */
export interface AskingClient {
  readonly principal: ServicePrincipal;
  /** The audience of its registration in this tenant; undefined if it has none here. */
  readonly signInAudience: string | undefined;
  /** The client id of the API. */
  readonly resourceAppId: string;
  /** The IP address of the client. */
  readonly address: string;
}

export const everyServicePrincipal = "ServicePrincipalsInMyTenant";

/** The tenant's Conditional Access for workload identities. */
export class ConditionalAccess {
  readonly policies = new Map<string, ConditionalAccessPolicy>();
  readonly namedLocations = new Map<string, NamedLocation>();

  /**
   * The ids of the policies that refuse a token. They apply only to service principals of this
   * tenant's single-tenant registrations, and not to managed identities.
   */
  blocking(client: AskingClient): string[] {
    if (client.principal.servicePrincipalType !== "Application" || client.signInAudience !== "AzureADMyOrg") return [];
    return [...this.policies.values()].filter((policy) => this.blocks(policy, client)).map(({ id }) => id);
  }

  private blocks({ state, conditions }: ConditionalAccessPolicy, client: AskingClient): boolean {
    const { applications, clientApplications, locations } = conditions;
    const isAmong = (names: readonly string[], id: string, all: string) => names.includes(all) || names.includes(id);
    return (
      state === "enabled" &&
      isAmong(clientApplications.includeServicePrincipals, client.principal.id, everyServicePrincipal) &&
      !clientApplications.excludeServicePrincipals.includes(client.principal.id) &&
      isAmong(applications.includeApplications, client.resourceAppId, "All") &&
      !applications.excludeApplications.includes(client.resourceAppId) &&
      (locations === null ||
        (this.isAt(locations.includeLocations, client.address) &&
          !this.isAt(locations.excludeLocations, client.address)))
    );
  }

  private isAt(locations: readonly string[], address: string): boolean {
    return locations.some((name) => {
      if (name === "All") return true;
      const known = [...this.namedLocations.values()];
      return known
        .filter(({ id, isTrusted }) => (name === "AllTrusted" ? isTrusted : id === name))
        .some(({ ranges }) => isIn(ranges, address));
    });
  }
}

function isIn(ranges: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), isIPv6(network) ? "ipv6" : "ipv4");
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
