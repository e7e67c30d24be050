/** A local Azure cannot be started. The message says why, and what to do. */
export class StartError extends Error {}
