/** A local Azure cannot be started. The message contains the reason and the remedy. */
export class StartError extends Error {}
