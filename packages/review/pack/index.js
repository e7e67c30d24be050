// The CLI loads a pack as JavaScript.
require("tsx/cjs");
require("./pack.ts");
