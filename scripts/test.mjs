import process from "node:process";
import { runPinned } from "./bootstrap.mjs";

await runPinned("scripts/test.ts", process.argv.slice(2));
