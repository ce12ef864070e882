import { expect, test } from "vitest";
import { createLogger } from "#platform/logger.ts";
import { keepLines, type LogLine } from "#tests/support/log-lines.ts";
import { createCircuitBreakerRegistry } from "./circuit-breaker-registry.ts";

function make(breakersMax?: number) {
  const { lines, write } = keepLines();
  let now = 0;
  const registry = createCircuitBreakerRegistry({
    log: createLogger({ level: "debug", destination: { write } }),
    now: () => now,
    random: () => 0,
    ...(breakersMax === undefined ? {} : { breakersMax }),
  });
  return { registry, lines, pass: (ms: number) => void (now += ms) };
}
const fail = async () => Promise.reject(new Error("ill"));

test("the same name is the same breaker, another name another one, and looking for one makes none", async () => {
  const { registry } = make();
  const mail = registry.getBreaker("email-service", { failureThreshold: 1 });
  expect(registry.getBreaker("email-service")).toBe(mail);
  await expect(mail.execute(fail)).rejects.toThrow("ill");
  expect(await registry.getBreaker("sms-service").execute(async () => "sent")).toBe("sent");
  expect([registry.find("email-service"), registry.find("fax-service")]).toEqual([mail, undefined]);
  expect(registry.getHealthStatus()).toEqual({
    "email-service": { state: "OPEN", failureCount: 1, rejected: 0, heldOpen: false, retryInMs: 60_000 },
    "sms-service": { state: "CLOSED", failureCount: 0, rejected: 0, heldOpen: false },
  });
});

test("each change of state is one line in the log and one metric", async () => {
  const { registry, lines, pass } = make();
  const mail = registry.getBreaker("email-service", { failureThreshold: 1, successThreshold: 1 });
  await expect(mail.execute(fail)).rejects.toThrow("ill");
  await expect(mail.execute(fail)).rejects.toThrow("OPEN");
  pass(60_000);
  await mail.execute(async () => "sent");
  const isMetric = ({ metadata }: LogLine) => metadata?.["eventType"] === "performance";
  expect(
    lines()
      .filter(isMetric)
      .map(({ metadata }) => metadata),
  ).toMatchObject(
    [
      ["CLOSED", "OPEN"],
      ["OPEN", "HALF_OPEN"],
      ["HALF_OPEN", "CLOSED"],
    ].map(([from, to]) => ({ name: "circuit-breaker.change", value: 1, breaker: "email-service", from, to })),
  );
  const told = lines().filter((line) => !isMetric(line));
  expect(told.map(({ level, message }) => [level, message])).toEqual([
    ["warn", "Circuit breaker email-service is OPEN: 1 failures in a row"],
    ["info", "Circuit breaker email-service is HALF_OPEN: trying whether the service is back"],
    ["info", "Circuit breaker email-service is CLOSED: the service is back"],
  ]);
});

test("one that is kept for good by whoever uses it is never forgotten, at rest or not, and nobody else's is spared for it", async () => {
  const { registry } = make(3);
  const mail = registry.keepBreaker("email-service");
  const database = registry.keepBreaker("database");
  await expect(database.execute(fail)).rejects.toThrow("ill");
  for (let host = 0; host < 10; host++) registry.getBreaker(`hook of ${host}`);
  expect(Object.keys(registry.getHealthStatus())).toEqual(["email-service", "database", "hook of 9"]);
  for (let host = 10; host < 20; host++) await expect(registry.getBreaker(`hook of ${host}`).execute(fail)).rejects.toThrow("ill");
  expect(Object.keys(registry.getHealthStatus())).toEqual(["email-service", "database", "hook of 19"]);
  expect([registry.find("email-service"), registry.find("database")]).toEqual([mail, database]);
});

test("there are only so many: one at rest makes room first, one that has failures stays, and one held open by hand stays whatever comes", async () => {
  const { registry } = make(3);
  await expect(registry.getBreaker("hook of a.example").execute(fail)).rejects.toThrow("ill");
  for (const host of ["b", "c", "d"]) registry.getBreaker(`hook of ${host}.example`);
  expect(Object.keys(registry.getHealthStatus())).toEqual(["hook of a.example", "hook of c.example", "hook of d.example"]);
  registry.getBreaker("hook of c.example").open();
  for (let host = 0; host < 100; host++) await expect(registry.getBreaker(`hook of ${host}`).execute(fail)).rejects.toThrow("ill");
  expect(Object.keys(registry.getHealthStatus())).toHaveLength(3);
  // It would be made anew as closed, and nobody would know.
  expect(registry.getHealthStatus()["hook of c.example"]).toMatchObject({ heldOpen: true });
});
