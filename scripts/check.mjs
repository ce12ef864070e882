import process from "node:process";
import { runPinned } from "./bootstrap.mjs";

await runPinned("scripts/check.ts", process.argv.slice(2));
