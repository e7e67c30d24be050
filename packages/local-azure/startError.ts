/** Why a local Azure cannot be started from a command line, in words its user can act on. */
export class StartError extends Error {}
