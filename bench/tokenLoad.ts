import { createSign, generateKeyPairSync } from "node:crypto";
import { Pool } from "undici";
import { percentile, timedLoad } from "./timedLoad";
import type { TokenEndpoint } from "./tokenServer";

export interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p99: number;
}

const connections = 16;

/** Requests tokens, and counts the issued ones. */
async function load({ address, form, caCertificate }: TokenEndpoint, seconds: number): Promise<Load> {
  const { origin, pathname } = new URL(address);
  const pool = new Pool(origin, { connections, pipelining: 1, connect: caCertificate ? { ca: caCertificate } : {} });
  const body = new URLSearchParams(form).toString();
  const ask = async (): Promise<void> => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await pool.request({ method: "POST", path: pathname, headers, body });
    const text = await response.body.text();
    // Otherwise, fast errors would look like high throughput.
    if (response.statusCode !== 200 || !text.includes('"access_token"'))
      throw new Error(`${response.statusCode}: ${text.slice(0, 200)}`);
  };
  for (let warm = 0; warm < 300; warm++) await ask();
  const { perSecond, times } = await timedLoad(ask, connections, seconds);
  await pool.close();
  return { perSecond, p99: percentile(times, 0.99) };
}

/** How many tokens one thread of this machine can sign: the upper limit of any such server. */
function rawSigning(seconds: number): Load {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const data = Buffer.alloc(700, 1);
  const end = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < end) {
    createSign("RSA-SHA256").update(data).sign(privateKey);
    count++;
  }
  return { perSecond: count / seconds, p99: 0 };
}

process.once("message", (endpoint: TokenEndpoint | { address?: undefined }) => {
  const seconds = 4;
  const work = endpoint.address === undefined ? Promise.resolve(rawSigning(seconds)) : load(endpoint, seconds);
  work.then(
    (result) => process.send?.(result, () => process.exit()),
    (error: Error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
});
