import { startEmbeddedPostgres } from "#scripts/embedded-postgres/start.ts";

// A stand-in for the server: holds the database of a folder until it is killed.
const [dataDir = "", durable] = process.argv.slice(2);
const { ownerUrl, superuserUrl } = await startEmbeddedPostgres({ dataDir, log: () => undefined, durable: durable === "durable" });
console.log(JSON.stringify({ ownerUrl, superuserUrl }));
setInterval(() => undefined, 60_000);
