import { commonKeyPair } from "./keyPair";

// Generating a key takes a tenth of a second on another thread, so it starts with this import, while other modules are loaded.
void commonKeyPair();
