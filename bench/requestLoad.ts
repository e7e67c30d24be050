import { Pool } from "undici";
import { percentile, timedLoad } from "./timedLoad";

export interface RequestLoad {
  readonly port: number;
  readonly authorization: string;
}

export interface RequestTimes {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const [connections, seconds] = [8, 4];

/** Sends requests, each of which must be answered 200. */
async function load({ port, authorization }: RequestLoad): Promise<RequestTimes> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const ask = async (): Promise<void> => {
    const { statusCode, body } = await pool.request({ method: "GET", path: "/", headers: { authorization } });
    const text = await body.text();
    // Otherwise, fast refusals would look like high throughput.
    if (statusCode !== 200) throw new Error(`${statusCode}: ${text.slice(0, 200)}`);
  };
  for (let warm = 0; warm < 1000; warm++) await ask();
  const { perSecond, times } = await timedLoad(ask, connections, seconds);
  await pool.close();
  return { perSecond, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

process.once("message", (order: RequestLoad) => {
  load(order).then(
    (result) => process.send?.(result, () => process.exit()),
    (error: Error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
});
