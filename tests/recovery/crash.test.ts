import { afterAll, beforeAll, expect, test } from "vitest";
import { startServerProcess } from "#tests/support/server-process.ts";
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
  const planted = `data:text/javascript,process.on('SIGUSR2',()=>{${fault}})`;
  const server = await startServerProcess(setUp, {
    env: { LOG_LEVEL: "fatal", SHUTDOWN_DELAY_SECONDS: "2" },
    nodeOptions: ["--import", planted],
  });
  const ended = server.end("SIGUSR2");
  const statusOf = async (path: string) => {
    const answer = await fetch(server.address + path);
    await answer.text();
    return answer.status;
  };
  await expect.poll(() => statusOf("/api/health?type=ready"), { interval: 20 }).toBe(503);
  expect(await statusOf("/api/openapi.json")).toBe(200);
  expect(await ended).toBe(1);
  const lines = server.output().trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ level: "fatal", message, error: { message: "planted" } }]);
});
