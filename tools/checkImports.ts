import path from "node:path";
import { importProblems } from "./importProblems";

const problems = importProblems(path.dirname(__dirname));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
