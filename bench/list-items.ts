import { captureStatements } from "./captured-sql.ts";
import { httpLoad, startServer } from "./processes.ts";
import { httpRequest, itemCount, type World } from "./world.ts";

/** Listing 50 of 100,000 items, against a bare Hono handler with the same SQL and nothing else. */
export async function benchListing(
  world: World,
  env: Record<string, string>,
  { connections, seconds, port }: { connections: number; seconds: number; port: number },
) {
  const path = "/api/v1/inventory/items?limit=50&sort=sku";
  const captured = await captureStatements(env, new Request(`http://127.0.0.1${path}`, { headers: { cookie: world.cookie } }));
  const list = captured.at(-1);
  if (!list) throw new Error("Nothing was captured");

  const measure = async (file: string, extra: Record<string, string>, request: string) => {
    const server = await startServer(file, port, { ...env, ...extra });
    try {
      await httpLoad({ port, connections, seconds: 2, requests: [request] });
      return await httpLoad({ port, connections, seconds, requests: [request] });
    } finally {
      await server.stop();
    }
  };
  const bare = await measure(
    "./bare-list-server.ts",
    { SQL: list.text, VALUES: JSON.stringify(list.values), TENANT_ID: world.tenantId },
    httpRequest("GET", "/items", world.cookie),
  );
  const ours = await measure("../server/main.ts", {}, httpRequest("GET", path, world.cookie));
  return {
    what: `Listing 50 of ${itemCount.toLocaleString("en")} items, ${connections} clients`,
    against: "a bare Hono handler, the same SQL",
    unit: "requests/s",
    baseline: bare.perSecond,
    ours: ours.perSecond,
    note: `p50 ${ours.p50Ms} ms, p99 ${ours.p99Ms} ms`,
  };
}
