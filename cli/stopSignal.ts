/** Aborted when the process is told to stop: by Ctrl+C, SIGTERM or a closed terminal. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  // Not `once`: terminal libraries end the process when they find no other listener left.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
