import { startOf } from "@microservice-identities/validation/days";
import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../../components/landscape";
import { secretsOnSchedule } from "../../components/rotation";
import { landscapes } from "../../stacks/landscapes";
import { readLandscape, readSettings } from "../../stacks/settings";

/**
 * A program that publishes each secret as soon as it is created, like a program that does not know what its last
 * deployment issued. It shows what late acceptance costs without staged rotation.
 */
export const publishedAtOnce = async () => {
  const environment = pulumi.getStack();
  const settings = readSettings(
    pulumi.runtime.allConfig(),
    pulumi.getProject(),
    environment,
    pulumi.runtime.getRootDirectory(),
  );
  const { landscape: name, location, rotation, vault, cloud, authority, date } = settings;
  const definition = readLandscape(settings, landscapes);
  const now = date ? startOf(date) : new Date();
  const services = Object.keys(definition.services);
  const landscape = new Landscape(name, {
    ...{ definition, environment, location, rotation, now, vault, cloud, authority },
    issued: Object.fromEntries(services.map((service) => [service, secretsOnSchedule(now, rotation, service)])),
  });
  const { tenantId, directory, issued } = landscape;
  return { tenantId, ...(authority === undefined ? {} : { authority }), landscape: name, directory, issued };
};
