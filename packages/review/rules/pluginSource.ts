import type { Rule } from "../rule";
import { ofResource, ofSetting } from "../subject";

export const pluginSource: Rule = {
  id: "plugin-source",
  severity: "high",
  rationale:
    "A provider's plugin runs with all rights of the deployer. A plugin from a different source can do anything, and a different version may have known faults.",
  remedy: "Use the provider that Pulumi publishes: remove `pluginDownloadURL` and `version`.",
  check: ({ resources, model }) => [
    ...Object.entries(model.settings)
      .filter(([key]) => /Pulumi\.yaml: (plugins|packages)$/.test(key))
      .map(([key, value]) => ({ subject: ofSetting(key), message: `takes plugins from ${value}` })),
    ...resources
      .filter(
        ({ options, properties }) =>
          options?.pluginDownloadURL !== undefined || properties.pluginDownloadURL !== undefined,
      )
      .map((resource) => ({
        subject: ofResource(resource),
        message: `takes its plugin from ${resource.options?.pluginDownloadURL ?? resource.properties.pluginDownloadURL}`,
      })),
    ...resources
      .filter(({ options }) => options?.version !== undefined && options.pluginDownloadURL === undefined)
      .map((resource) => ({
        subject: ofResource(resource),
        message: `takes version ${resource.options?.version} of its plugin, which is not that of the installed package`,
      })),
  ],
};
