// Pulumi's own loader compiles these sources for an older version of JavaScript than they need.
require("tsx/cjs");
require("./index.ts");
