// node scripts/run.mjs scripts/verify.ts [arguments]: any script of ours under the pinned Node.
import process from "node:process";
import { runPinned } from "./bootstrap.mjs";

const [script, ...args] = process.argv.slice(2);
await runPinned(script, args);
