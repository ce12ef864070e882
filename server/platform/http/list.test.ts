import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { compile } from "#platform/database/query-builder.ts";
import { ValidationError } from "#platform/errors.ts";
import { type ListRequest, planList, type SortColumn } from "./list.ts";

const columns = {
  sku: { sql: sql.ref("i.sku"), type: "text", unique: true },
  name: { sql: sql.ref("i.name"), type: "text" },
  expiresOn: { sql: sql.ref("i.expires_on"), type: "date", nullable: true },
} as const satisfies Record<string, SortColumn>;
const id: SortColumn = { sql: sql.ref("i.id"), type: "uuid" };
const list = { list: "things", columns, byDefault: "name", tieBreaker: id, secrets: ["a secret"] };
const plan = (request: Partial<ListRequest>, secrets: readonly string[] = list.secrets) =>
  planList({ limit: 2, offset: 0, ...request }, { ...list, secrets });
const orderOf = (sort?: string) => compile(sql`${plan({ sort }).orderBy}`).sql;
const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ cursor_key: JSON.stringify([`name ${index}`, "0196f0a0-0000-7000-8000-000000000001"]) }));

test.each([
  [undefined, '"i"."name" ASC, "i"."id" ASC'],
  ["-name", '"i"."name" DESC, "i"."id" DESC'],
  ["expiresOn,-name", '"i"."expires_on" ASC, "i"."name" DESC, "i"."id" DESC'],
  ["name, -expiresOn", '"i"."name" ASC, "i"."expires_on" DESC, "i"."id" DESC'],
  ["sku", '"i"."sku" ASC'],
  ["-sku,name", '"i"."sku" DESC'],
])("sort=%s orders by %s: always a total order", (sort, expected) => {
  expect(orderOf(sort)).toBe(expected);
});

test.each([
  "price",
  "Name",
  "-",
  "--name",
  "name,",
  "name;DROP TABLE item",
  "constructor",
  "__proto__",
  "toString",
  "name,name,name,name,name",
  "i.name",
  "name ASC",
])("sort=%s is refused", (sort) => {
  expect(() => plan({ sort })).toThrow(ValidationError);
});

describe("a page", () => {
  test("tells that there is more only when there is", () => {
    expect(plan({}).page(rows(2)).page).toEqual({ limit: 2, offset: 0, hasMore: false, nextCursor: null });
    const { rows: shown, page } = plan({}).page(rows(3));
    expect(shown).toHaveLength(2);
    expect(page).toMatchObject({ hasMore: true, nextCursor: expect.any(String) as string });
  });
  test("tells the total only when it was counted", () => {
    expect(plan({}).page(rows(1), 7).page.total).toBe(7);
    expect(plan({}).page(rows(1)).page).not.toHaveProperty("total");
  });
  test("by cursor has no offset besides", () => {
    const cursor = cursorOf();
    const slice = (request: Partial<ListRequest>) => compile(sql`${plan(request).slice}`);
    expect(slice({ cursor, offset: 10 }).sql).toBe("LIMIT 3");
    expect(slice({ offset: 10 })).toMatchObject({ sql: "LIMIT 3 OFFSET $1", parameters: [10] });
  });
});

const cursorOf = (request: Partial<ListRequest> = {}, secrets?: readonly string[]) =>
  plan(request, secrets).page(rows(3)).page.nextCursor ?? "";

describe("a cursor", () => {
  const [payload = "", signature = ""] = cursorOf().split(".");
  const forgedPayload = Buffer.from(JSON.stringify(["x' OR 1=1 --", "0196f0a0-0000-7000-8000-000000000001"])).toString("base64url");

  test("is taken back for the order that it was made for", () => {
    expect(compile(sql`${plan({ cursor: cursorOf() }).after}`)).toMatchObject({
      sql: '("i"."name", "i"."id") > ($1::text, $2::uuid)',
      parameters: ["name 1", "0196f0a0-0000-7000-8000-000000000001"],
    });
  });
  test("outlives a secret that is replaced, until the old one goes", () => {
    const before = cursorOf({}, ["old"]);
    expect(compile(sql`${plan({ cursor: before }, ["new", "old"]).after}`).parameters).toContain("name 1");
    const after = cursorOf({}, ["new", "old"]);
    expect(compile(sql`${plan({ cursor: after }, ["new"]).after}`).parameters).toContain("name 1");
    expect(() => plan({ cursor: before }, ["new"])).toThrow(ValidationError);
    expect(() => plan({ cursor: before, sort: "-name" }, ["new", "old"])).toThrow(ValidationError);
  });
  test.each([
    ["empty", ""],
    ["garbage", "garbage"],
    ["without a signature", payload],
    ["with an empty signature", `${payload}.`],
    ["with another signature", `${payload}.${"A".repeat(22)}`],
    ["with a cut signature", `${payload}.${signature.slice(0, 10)}`],
    ["with another content", `${forgedPayload}.${signature}`],
    ["of another secret", cursorOf({}, ["another secret"])],
    ["of another order", cursorOf({ sort: "-name" })],
    ["of another list", planList({ limit: 2, offset: 0 }, { ...list, list: "persons" }).page(rows(3)).page.nextCursor ?? ""],
  ])("%s is refused", (_, cursor) => {
    expect(() => plan({ cursor })).toThrow(ValidationError);
  });
});
