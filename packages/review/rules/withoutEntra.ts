import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { typeOf } from "../resourceType";
import type { Breach, Rule } from "../rule";
import { ofResource } from "../subject";

export const withoutEntra: Rule = {
  id: "without-entra",
  severity: "medium",
  rationale:
    "Anonymous access is for everybody, and a key or a password is enough for everybody who has a copy of it. Entra checks neither, so no role limits this access.",
  remedy: "Turn off anonymous access, keys and local users, and assign a role to the workload's managed identity.",
  check: ({ resources, before }) =>
    resources.flatMap((resource): Breach[] => {
      const doors = resource.component ? undefined : doorsOf[typeOf(resource)];
      if (doors === undefined) return [];
      const changed = before?.changed?.find(
        ({ type, name }) => type === resource.type && name === nameOf(resource.urn),
      )?.properties;
      return Object.entries(doors).flatMap(([property, { closed, severity, admits }]) => {
        const value = resource.properties[property];
        const isStated = value !== undefined && value !== null;
        // Azure opens some of them by default. Removing the property that closed one is a change; a property that was never set is not.
        const isOpen = isStated ? value !== closed : changed?.includes(property) === true;
        return isOpen
          ? [
              {
                subject: ofResource(resource),
                message: `admits ${admits} (${property})`,
                severity: severity ?? "medium",
              },
            ]
          : [];
      });
    }),
};

interface Door {
  /** The value that admits only Entra's identities. */
  readonly closed: unknown;
  readonly admits: string;
  /** Default medium. */
  readonly severity?: "high";
}

const localAuth: Readonly<Record<string, Door>> = {
  disableLocalAuth: { closed: true, admits: "everybody who has a shared access key" },
};

/** Properties that admit others than Entra's identities, by type. https://learn.microsoft.com/security/benchmark/azure/mcsb-v2-identity-management */
const doorsOf: Readonly<Record<string, Readonly<Record<string, Door>>>> = {
  "azure-native:storage:StorageAccount": {
    allowBlobPublicAccess: { closed: false, admits: "everybody without a sign-in, to containers that are public" },
    allowSharedKeyAccess: { closed: false, admits: "everybody who has an account key" },
    isLocalUserEnabled: { closed: false, admits: "local users with passwords" },
  },
  "azure-native:storage:BlobContainer": {
    publicAccess: { closed: "None", admits: "everybody without a sign-in", severity: "high" },
  },
  "azure-native:containerregistry:Registry": {
    adminUserEnabled: { closed: false, admits: "everybody who has the password of the admin user" },
    anonymousPullEnabled: { closed: false, admits: "everybody without a sign-in" },
  },
  "azure-native:servicebus:Namespace": localAuth,
  "azure-native:eventhub:Namespace": localAuth,
};
