import { captureStatements } from "./captured-sql.ts";
import { pgbench, scriptOf } from "./pgbench.ts";
import { httpLoad, startServer } from "./processes.ts";
import { httpRequest, itemId, itemPrefix, locationId, locationPrefix, type World } from "./world.ts";

const requestCount = 512;
const path = "/api/v1/inventory/events";

/** Posting events over HTTP, against pgbench running the very statements of these requests with as many connections. */
export async function benchPosting(
  world: World,
  env: Record<string, string>,
  { connections, seconds, port }: { connections: number; seconds: number; port: number },
) {
  const bodyFor = (n: number) => ({ type: "RECEIVE", itemId: itemId(n), quantity: 1, toLocationId: locationId(n), unitCost: 2.5 });
  const script = await scriptFor(world, env, bodyFor(0));
  const url = env["DATABASE_URL"] ?? "";
  await pgbench(url, script, { connections, seconds: 2 });
  const baseline = await pgbench(url, script, { connections, seconds });
  const server = await startServer("../server/main.ts", port, { ...env, DB_CONNECTION_LIMIT: String(connections) });
  try {
    const requests = Array.from({ length: requestCount }, (_, n) => httpRequest("POST", path, world.cookie, bodyFor(n)));
    await httpLoad({ port, connections, seconds: 2, requests });
    const ours = await httpLoad({ port, connections, seconds, requests });
    return {
      what: `Posting events, ${connections} clients over HTTP`,
      against: "pgbench, the same SQL",
      unit: "events/s",
      baseline,
      ours: ours.perSecond,
      note: `p50 ${ours.p50Ms} ms, p99 ${ours.p99Ms} ms`,
    };
  } finally {
    await server.stop();
  }
}

/** One request's statements, with the item, the location and the key drawn anew each time. */
async function scriptFor(world: World, env: Record<string, string>, body: unknown): Promise<string> {
  const key = `captured-${Date.now()}`;
  const headers = { cookie: world.cookie, "content-type": "application/json", "idempotency-key": key };
  const request = new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const [session, ...statements] = await captureStatements(env, request);
  if (!session) throw new Error("Nothing was captured");
  const variables = [`\\set n random(0, ${requestCount - 1})`, "\\set key random(1, 9000000000000000)"];
  const numbered = (prefix: string) => `'${prefix}' || lpad((:n)::text, 12, '0')`;
  return scriptOf(session, statements, world.tenantId, variables, {
    [itemId(0)]: numbered(itemPrefix),
    [locationId(0)]: numbered(locationPrefix),
    [key]: "'bench-' || :key",
  });
}
