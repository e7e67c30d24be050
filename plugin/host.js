// Pulumi's own loader takes these sources for an older JavaScript than they are written in.
require("tsx/cjs");
require("./index.ts");
