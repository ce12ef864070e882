import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServerProcess, startServerProcess } from "#tests/support/server-process.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// A fault of the program's own that nothing caught, planted into the running server by a signal.

let setUp: TestServer;
beforeAll(async () => {
  setUp = await startTestServer("crash");
});
afterAll(() => setUp.close());

test.each([
  ["an error that nothing caught", "throw new Error('planted')", "An error that nothing caught"],
  ["a rejection that nothing handled", "Promise.reject(new Error('planted'))", "A rejection that nothing handled"],
])("%s: a FATAL line that says which, what is asked meanwhile is still answered, and the end with code 1", async (_, fault, message) => {
  const server = await startWith(onSignal(fault));
  const ended = server.end("SIGUSR2");
  await isDraining(server);
  expect(await ended).toBe(1);
  expect(fatalLines(server)).toMatchObject([{ level: "fatal", message, error: { message: "planted" } }]);
});

test.each([
  ["another fault", "SIGUSR2", 2],
  ["being asked to end", "SIGTERM", 1],
] as const)("a fault after %s: who is answered meanwhile is still answered, and the end has code 1", async (_, first, faults) => {
  const server = await startWith(onSignal("Promise.reject(new Error('planted'))"));
  const ended = server.end(first);
  await isDraining(server);
  server.child.kill("SIGUSR2");
  await expect.poll(() => fatalLines(server).length).toBe(faults);
  await isDraining(server);
  expect(await ended).toBe(1);
});

test("a second signal ends it at once", async () => {
  const server = await startWith("", "20");
  const ended = server.end("SIGTERM");
  await isDraining(server);
  const startedAt = performance.now();
  server.child.kill("SIGINT");
  expect(await ended).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test("a connection to the database that is never given back holds up the end for a few seconds only", async () => {
  const pool = "createRequire(process.cwd()+'/package.json')('pg').Pool.prototype";
  const never =
    "if(this.options.application_name==='warehouse-builder')return new Promise(()=>setInterval(()=>{},1e6));return end.call(this)";
  const hanging = `import{createRequire}from'node:module';const p=${pool},{end}=p;p.end=function(){${never}}`;
  const server = await startWith(hanging, "0");
  const startedAt = performance.now();
  expect(await server.end("SIGTERM")).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(12_000);
});

test.each([
  ["without grace nobody is waited for", "false", 0, 5_000],
  ["with it, balancers and whoever is under way are", "true", 5_500, 30_000],
])("%s", async (_, grace, leastMs, mostMs) => {
  const server = await startServerProcess(setUp, { env: { ENABLE_GRACEFUL_SHUTDOWN: grace, SHUTDOWN_DELAY_SECONDS: "6" } });
  // A body that does not come to its end.
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined).resume();
  socket.write("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
  await sleep(300);
  const startedAt = performance.now();
  const ended = server.end("SIGTERM");
  setTimeout(() => socket.destroy(), 8_000);
  expect(await ended).toBe(0);
  const took = performance.now() - startedAt;
  expect([took >= leastMs, took <= mostMs]).toEqual([true, true]);
});

const onSignal = (fault: string) => `process.on('SIGUSR2',()=>{${fault}})`;

const startWith = (planted: string, delaySeconds = "2") =>
  startServerProcess(setUp, {
    env: { LOG_LEVEL: "fatal", SHUTDOWN_DELAY_SECONDS: delaySeconds },
    nodeOptions: ["--import", `data:text/javascript,${encodeURIComponent(planted)}`],
  });

/** No longer ready, and still there for whoever asks. */
async function isDraining(server: ServerProcess): Promise<void> {
  const statusOf = async (path: string) => {
    const answer = await fetch(server.address + path);
    await answer.text();
    return answer.status;
  };
  await expect.poll(() => statusOf("/api/health?type=ready"), { interval: 20 }).toBe(503);
  expect(await statusOf("/api/openapi.json")).toBe(200);
}

const fatalLines = (server: ServerProcess) =>
  server
    .output()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
