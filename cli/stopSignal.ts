/** Aborted when the process receives Ctrl+C or SIGTERM, or its terminal is closed. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  // Not `once`: terminal libraries stop the process if they find no other listener.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
