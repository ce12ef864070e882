import { captureStatements } from "./captured-sql.ts";
import { httpLoad, startServer } from "./processes.ts";
import type { Row } from "./row.ts";
import { httpRequest, type World } from "./world.ts";

interface Load {
  connections: number;
  seconds: number;
  port: number;
}

/** What the whole hardened layer takes of the processor for one request, against a bare Hono handler with the same query. */
export async function benchLayer(world: World, env: Record<string, string>, load: Load): Promise<Row[]> {
  return [
    await measureGet("a list of one item", "/api/v1/inventory/items?limit=1&sort=sku", world, env, load),
    await measureGet("one site", `/api/v1/sites/${world.siteId}`, world, env, load),
  ];
}

async function measureGet(what: string, path: string, world: World, env: Record<string, string>, load: Load): Promise<Row> {
  const captured = await captureStatements(env, new Request(`http://127.0.0.1${path}`, { headers: { cookie: world.cookie } }));
  const query = captured.findLast(({ text }) => /^\s*SELECT .*\bFROM\b/is.test(text));
  if (!query) throw new Error("Nothing was captured");
  const statement = { SQL: query.text, VALUES: JSON.stringify(query.values), TENANT_ID: world.tenantId };
  const bare = await cpuOfRequest("./bare-list-server.ts", { ...env, ...statement }, httpRequest("GET", "/items", world.cookie), load);
  const ours = await cpuOfRequest("../server/main.ts", env, httpRequest("GET", path, world.cookie), load);
  return {
    what: `CPU of a GET of ${what}, ${load.connections} clients`,
    against: "a bare Hono handler, the same SQL",
    unit: "µs",
    baseline: bare.own + bare.kernel,
    ours: ours.own + ours.kernel,
    note: `the whole layer: ${Math.round(ours.own - bare.own)} µs of its own, ${Math.round(ours.kernel - bare.kernel)} µs in the kernel`,
  };
}

/** In microseconds, of the server's process alone. */
async function cpuOfRequest(file: string, env: Record<string, string>, request: string, { port, connections, seconds }: Load) {
  const server = await startServer(file, port, env);
  try {
    await httpLoad({ port, connections, seconds: 3, requests: [request] });
    const before = server.cpuMs();
    const { completed } = await httpLoad({ port, connections, seconds, requests: [request] });
    const after = server.cpuMs();
    const each = (ms: number) => (ms * 1_000) / completed;
    return { own: each(after.own - before.own), kernel: each(after.kernel - before.kernel) };
  } finally {
    await server.stop();
  }
}
