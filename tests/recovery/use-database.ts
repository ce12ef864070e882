import { withDatabase } from "#scripts/with-database.ts";

// A stand-in for a command that works long with the database.
await withDatabase("a long command", async () => {
  console.log("at work");
  await new Promise(() => setInterval(() => undefined, 60_000));
});
