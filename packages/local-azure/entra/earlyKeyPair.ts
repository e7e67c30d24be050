import { newKeyPair } from "./keyPair";

/** Begins when this is imported: generating a key takes a tenth of a second of another thread, while the rest is loaded. */
export const earlyKeyPair = newKeyPair();
