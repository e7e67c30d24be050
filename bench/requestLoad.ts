import { Pool } from "undici";

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

/** Sends requests over as many connections, one after the other on each; each must be answered 200. */
async function load({ port, authorization }: RequestLoad): Promise<RequestTimes> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const ask = async (): Promise<void> => {
    const { statusCode, body } = await pool.request({ method: "GET", path: "/", headers: { authorization } });
    const text = await body.text();
    // A refusal that comes fast would look like speed.
    if (statusCode !== 200) throw new Error(`${statusCode}: ${text.slice(0, 200)}`);
  };
  for (let warm = 0; warm < 1000; warm++) await ask();
  const times: number[] = [];
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let now = performance.now(); now < begun + seconds * 1000; ) {
        await ask();
        const after = performance.now();
        times.push(after - now);
        now = after;
      }
    }),
  );
  const elapsed = (performance.now() - begun) / 1000;
  await pool.close();
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond: times.length / elapsed, p50: at(0.5), p99: at(0.99) };
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
