import { afterEach, expect, test } from "vitest";
import type { LiveTopic } from "#contract/live.ts";
import { createLogger } from "#platform/logger.ts";
import type { Watcher } from "./live-stream.ts";
import { createLiveStreams, type LiveStreamsOptions } from "./live-streams.ts";

const [tenantId, otherTenantId] = ["one", "two"];
const someone: Watcher = { tenantId, userId: "someone", role: "Operator", siteIds: ["a"] };
const token = Buffer.from("token");
const times = { restMs: 20, heartbeatMs: 100_000, rightsMs: 15, unknownMs: 100_000 };

let close: () => void = () => undefined;
afterEach(() => close());
function streams(given: Partial<LiveStreamsOptions> = {}) {
  const made = createLiveStreams({
    findWatchers: async (hashes) => hashes.map(() => someone),
    onOpen: () => undefined,
    log: createLogger({ level: "silent" }),
    ...given,
    times: { ...times, ...given.times },
  });
  close = made.close;
  return made;
}

function read(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { value } = await reader.read();
      return value === undefined ? undefined : new TextDecoder().decode(value);
    },
    leave: () => reader.cancel(),
  };
}
const changed = (...topics: LiveTopic[]) => `event: changed\ndata: ${JSON.stringify({ topics })}\n\n`;
const tell = (topic: LiveTopic, heardAt: readonly string[] | "everywhere" = "everywhere", of = tenantId) => ({
  tenantId: of,
  topic,
  heardAt,
});

test("what changes in quick succession is told together", async () => {
  const live = streams();
  const { next } = read(live.open(someone, token));
  expect(await next()).toMatch(/^retry: \d+\nevent: ready\n/);
  live.hear(tell("item"));
  live.hear(tell("stock", ["a"]));
  live.hear(tell("item"));
  expect(await next()).toBe(changed("item", "stock"));
});

test("of other companies, other sites and what Admins hear of, nothing is told", async () => {
  const live = streams();
  const { next } = read(live.open(someone, token));
  await next();
  live.hear(tell("supplier", "everywhere", otherTenantId));
  live.hear(tell("stock", ["b"]));
  live.hear(tell("mail"));
  live.hear(tell("receipt", ["b", "a"]));
  expect(await next()).toBe(changed("receipt"));
});

test("a client who does not read is owed no more than one word about each topic", async () => {
  const live = streams();
  const { next } = read(live.open(someone, token));
  for (let time = 0; time < 40; time++) {
    live.hear(tell("item"));
    live.hear(tell("stock", ["a"]));
    await new Promise((done) => setTimeout(done, 25));
  }
  live.hear(tell("bom"));
  live.close();
  const all: string[] = [];
  for (let text = await next(); text !== undefined; text = await next()) all.push(text);
  // Sixteen messages ahead, the greeting among them.
  expect(all.length).toBe(16);
});

test("rights are looked up by one query for all, however many watch", async () => {
  const asked: number[] = [];
  const live = streams({
    findWatchers: async (hashes) => {
      asked.push(hashes.length);
      return hashes.map(() => someone);
    },
  });
  const readers = Array.from({ length: 15 }, () => read(live.open(someone, token)));
  for (const { next } of readers) await next();
  // However long it took to open them all: each has rested since, and nothing was due.
  await new Promise((done) => setTimeout(done, 10 * times.restMs));
  live.hear(tell("item"));
  for (const { next } of readers) expect(await next()).toBe(changed("item"));
  expect(asked[0]).toBe(15);
});

test("while nobody can say who watches nothing is told, and what came meanwhile afterwards", async () => {
  let isAway = true;
  const live = streams({
    findWatchers: async (hashes) => {
      if (isAway) throw new Error("The database is away");
      return hashes.map(() => someone);
    },
  });
  const { next } = read(live.open(someone, token));
  await next();
  live.hear(tell("item"));
  const told = next();
  expect(await Promise.race([told, new Promise((done) => setTimeout(() => done("nothing"), 200))])).toBe("nothing");
  isAway = false;
  expect(await told).toBe(changed("item"));
});

test("after a time of that a stream ends, and at once when rights may have changed", async () => {
  const findWatchers = () => Promise.reject(new Error("The database is away"));
  const live = streams({ findWatchers, times: { unknownMs: 150 } });
  const first = read(live.open(someone, token));
  await first.next();
  live.hear(tell("item"));
  expect(await first.next()).toBeUndefined();

  const patient = streams({ findWatchers });
  const second = read(patient.open(someone, token));
  await second.next();
  patient.hear(tell("session"));
  expect(await second.next()).toBeUndefined();
});

test("who may see more or less than before is told that anything may be new", async () => {
  const live = streams({ findWatchers: async (hashes) => hashes.map(() => ({ ...someone, siteIds: ["b"] })) });
  const { next } = read(live.open(someone, token));
  await next();
  live.hear(tell("user"));
  expect(await next()).toContain('"stock","site","location"');
  live.hear(tell("stock", ["a"]));
  live.hear(tell("transfer", ["b"]));
  expect(await next()).toBe(changed("transfer"));
});

test("a sign of life is given now and then", async () => {
  const live = streams({ times: { heartbeatMs: 50 } });
  const { next } = read(live.open(someone, token));
  await next();
  expect(await next()).toBe(":\n\n");
  expect(await next()).toBe(":\n\n");
});

test.each([
  ["a person", { perUser: 2 }, someone, 429],
  ["a company", { perTenant: 2 }, { ...someone, userId: "another" }, 429],
  ["the process", { inAll: 2 }, { ...someone, tenantId: otherTenantId }, 503],
])("no more than so many are open to %s; who leaves makes room", async (_, limits, last, statusCode) => {
  const live = streams({ limits });
  const first = read(live.open(someone, token));
  live.open(someone, token);
  expect(() => live.open(last, token)).toThrow(expect.objectContaining({ statusCode }));
  await first.leave();
  expect(live.count()).toBe(1);
  live.open(last, token);
  expect(live.count()).toBe(2);
});
