import { clouds } from "./cloud";
import { ConfigurationError } from "./configurationError";
import { shown } from "./shown";

/**
 * The authority as it appears in the issuer of tokens: `https://{host}`, without a slash at the end.
 *
 * @param given default: Entra in the public cloud
 * @throws ConfigurationError for anything but an https address without a path: with http, an attacker on the network could
 *   choose the signing keys and read the client secret
 */
export function authorityOf(given: string = clouds.public.authority): string {
  if (/^https:\/\/[^/?#@\s\\]+\/?$/i.test(given) && URL.canParse(given)) return new URL(given).origin;
  throw new ConfigurationError(`the authority is ${shown(given)}; allowed: an https address without a path`);
}
