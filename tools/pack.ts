import path from "node:path";
import { postpack, prepack } from "./packing";

// npm runs a package's scripts in the package's folder.
const [, , step] = process.argv;
if (step !== "prepack" && step !== "postpack") throw new Error(`${step}: allowed: prepack or postpack`);
const work = step === "prepack" ? prepack(path.dirname(__dirname), process.cwd()) : postpack(process.cwd());
work.catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
