import { expect, test } from "vitest";
import { createChangeBuffer, readChanges } from "./change.ts";

const sites = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());

test("each kind of thing of each company is told once, for all the sites where it changed", () => {
  const buffer = createChangeBuffer();
  buffer.add("one", { topic: "stock", heardAt: ["a"] });
  buffer.add("one", { topic: "stock", heardAt: ["b", "a"] });
  buffer.add("two", { topic: "stock", heardAt: ["a"] });
  buffer.add("one", { topic: "item", heardAt: "everywhere" });
  expect(buffer.take().flatMap(readChanges)).toEqual([
    { tenantId: "one", topic: "stock", heardAt: ["a", "b"] },
    { tenantId: "two", topic: "stock", heardAt: ["a"] },
    { tenantId: "one", topic: "item", heardAt: "everywhere" },
  ]);
  expect(buffer.take()).toEqual([]);
});

test.each([
  ["before", ["everywhere" as const, ["a"]]],
  ["after", [["a"], "everywhere" as const]],
])("what is heard everywhere stays so, with a site named %s", (_, [first, second]) => {
  const buffer = createChangeBuffer();
  buffer.add("one", { topic: "alert", heardAt: first ?? [] });
  buffer.add("one", { topic: "alert", heardAt: second ?? [] });
  expect(buffer.take().flatMap(readChanges)).toEqual([{ tenantId: "one", topic: "alert", heardAt: "everywhere" }]);
});

test("however much it is, each text fits into a notification, and nothing is left out", () => {
  const buffer = createChangeBuffer();
  const asked = Array.from({ length: 60 }, () => ({ tenantId: crypto.randomUUID(), ids: sites(120) }));
  for (const { tenantId, ids } of asked) buffer.add(tenantId, { topic: "production-order", heardAt: ids });
  const texts = buffer.take();
  // PostgreSQL takes less than 8,000 bytes.
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThan(8_000);
  const told = texts.flatMap(readChanges);
  for (const { tenantId, ids } of asked)
    expect(told.filter((one) => one.tenantId === tenantId).flatMap(({ heardAt }) => heardAt)).toEqual(ids);
});

test.each([
  ["no JSON", "hello", 0],
  ["no list", '{"a":1}', 0],
  ["a topic of another version", '[["one","drone",null],["one","stock",["a"]]]', 1],
  ["entries of another shape", '[["one"],17,null,["one","stock","a"],["one","item",null]]', 1],
])("%s is left out", (_, text, understood) => {
  expect(readChanges(text)).toHaveLength(understood);
});
