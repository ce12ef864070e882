import { startEmbeddedPostgres } from "./embedded-postgres/start.ts";

// For a look at the databases that failed test files left behind; the next test run removes them.
const dataDir = process.argv[2] ?? ".data/test";
const postgres = await startEmbeddedPostgres({ dataDir, log: console.log, durable: false });
console.log(`The test server of ${dataDir} runs until Ctrl C. As superuser: ${postgres.superuserUrl}`);
const stayAwake = setInterval(() => undefined, 60_000);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    clearInterval(stayAwake);
    void postgres.stop();
  });
}
