import { describe, expect, test } from "vitest";
import { roles, type Role } from "#contract/identity.ts";
import { type EventType, eventTypes, stockStatuses } from "#contract/ledger.ts";
import { AuthorizationError } from "#platform/errors.ts";
import { faultsOf, mayOverrideExpiry, type PostRequest, reasonUseOf, requireRoleFor, respectsExpiry, statusesOf } from "./rules.ts";

const [here, there] = ["0196f0a0-0000-7000-8000-00000000000a", "0196f0a0-0000-7000-8000-00000000000b"];
const now = new Date("2026-01-04T10:30:00Z");
const request = (type: EventType, fields: Partial<PostRequest> = {}): PostRequest => ({ type, sku: "BOLT", quantity: 1, ...fields });
const pathsOf = (asked: PostRequest) => faultsOf(asked, now).map(({ path }) => path);

function mayPost(type: EventType, role: Role): boolean {
  try {
    requireRoleFor(type, role);
    return true;
  } catch (error) {
    if (error instanceof AuthorizationError) return false;
    throw error;
  }
}

/** From and to: whether a place is needed (+), refused (-), or one of both (±). Reason: needed (+), may be (?), refused (-). */
const shapes: [type: EventType, from: string, to: string, reason: string, takes: string, roles: string][] = [
  ["RECEIVE", "-", "+", "-", "any", "ASO"],
  ["MOVE", "+", "+", "-", "any", "ASO"],
  ["ISSUE", "+", "-", "?", "AVAILABLE", "ASO"],
  ["PRODUCE", "-", "+", "-", "any", "ASO"],
  ["RETURN", "-", "+", "?", "any", "ASO"],
  ["SHIP", "+", "-", "?", "AVAILABLE", "ASO"],
  ["SCRAP", "+", "-", "+", "any", "ASO"],
  ["HOLD", "+", "-", "+", "AVAILABLE", "ASO"],
  ["RELEASE", "+", "-", "?", "HOLD", "ASO"],
  ["ADJUST", "±", "±", "+", "any", "AS"],
  ["COUNT", "±", "±", "+", "any", "AS"],
];

test("every type of event has its line here", () => {
  expect(shapes.map(([type]) => type)).toEqual([...eventTypes]);
});

describe.each(shapes)("%s", (type, from, to, reason, takes, allowed) => {
  const right: Partial<PostRequest> = {
    ...(from === "-" ? {} : { fromLocationId: here }),
    ...(to === "+" ? { toLocationId: there } : {}),
    ...(reason === "+" ? { reasonCode: "R" } : {}),
  };

  test("as it should be has no fault", () => expect(pathsOf(request(type, right))).toEqual([]));

  test("places, given or not", () => {
    for (const hasFrom of [true, false]) {
      for (const hasTo of [true, false]) {
        const asked = request(type, { ...right, fromLocationId: hasFrom ? here : undefined, toLocationId: hasTo ? there : undefined });
        const fromWrong = (from === "+" && !hasFrom) || (from === "-" && hasFrom);
        const toWrong = from === "±" ? hasFrom === hasTo : (to === "+" && !hasTo) || (to === "-" && hasTo);
        expect({ hasFrom, hasTo, paths: pathsOf(asked) }).toEqual({
          hasFrom,
          hasTo,
          paths: [...(fromWrong ? ["fromLocationId"] : []), ...(toWrong ? ["toLocationId"] : [])],
        });
      }
    }
  });

  test("the state it takes from", () => {
    for (const status of stockStatuses)
      expect(pathsOf(request(type, { ...right, status }))).toEqual(takes === "any" || takes === status ? [] : ["status"]);
  });

  test("a reason", () => {
    expect(pathsOf(request(type, { ...right, reasonCode: undefined }))).toEqual(reason === "+" ? ["reasonCode"] : []);
    expect(pathsOf(request(type, { ...right, reasonCode: "R" }))).toEqual(reason === "-" ? ["reasonCode"] : []);
    expect(reasonUseOf(type) === undefined).toBe(reason === "-");
  });

  test("a unit cost and an expiry date come with what comes in new, and with nothing else", () => {
    const brings = type === "RECEIVE" || type === "PRODUCE";
    expect(pathsOf(request(type, { ...right, unitCost: 0 }))).toEqual(brings ? [] : ["unitCost"]);
    expect(pathsOf(request(type, { ...right, expiresOn: "2027-01-01" }))).toEqual(brings ? [] : ["expiresOn"]);
  });

  test("when it happened is never in the future", () => {
    expect(pathsOf(request(type, { ...right, occurredAt: "2026-01-04T10:30:00Z" }))).toEqual([]);
    expect(pathsOf(request(type, { ...right, occurredAt: "2026-01-04T12:30:00+02:00" }))).toEqual([]);
    expect(pathsOf(request(type, { ...right, occurredAt: "2026-01-04T10:30:00.001Z" }))).toEqual(["occurredAt"]);
  });

  test("who may post it", () => {
    for (const role of roles) {
      expect({ role, may: mayPost(type, role) }).toEqual({ role, may: allowed.includes(role.charAt(0)) });
    }
  });
});

describe("naming", () => {
  const move = (fields: Partial<PostRequest>): PostRequest => ({
    type: "MOVE",
    quantity: 1,
    sku: "BOLT",
    fromLocationId: here,
    toLocationId: there,
    ...fields,
  });
  test.each<[string, Partial<PostRequest>, string[]]>([
    ["no item", { sku: undefined }, ["itemId"]],
    ["an item twice", { itemId: here }, ["sku"]],
    ["a place twice", { fromLocationCode: "A-01", siteId: here }, ["fromLocationCode"]],
    ["both places twice", { fromLocationCode: "A-01", toLocationCode: "A-02", siteId: here }, ["fromLocationCode", "toLocationCode"]],
    ["a lot twice", { lotId: here, lotCode: "L" }, ["lotCode"]],
    ["a place's code without its site", { fromLocationId: undefined, fromLocationCode: "A-01" }, ["siteId"]],
    ["a place by id, the other by code", { toLocationId: undefined, toLocationCode: "A-02", siteId: here }, []],
    ["one place as both", { toLocationId: here }, ["toLocationId"]],
    [
      "one code as both",
      { fromLocationId: undefined, toLocationId: undefined, fromLocationCode: "A-01", toLocationCode: "A-01", siteId: here },
      ["toLocationId"],
    ],
  ])("%s", (_, fields, paths) => {
    expect(pathsOf(move(fields))).toEqual(paths);
  });
  test("every fault is told at once", () => {
    expect(
      pathsOf({
        type: "SCRAP",
        quantity: 1,
        toLocationId: there,
        unitCost: 1,
        expiresOn: "2027-01-01",
        occurredAt: "2030-01-01T00:00:00Z",
      }),
    ).toEqual(["itemId", "fromLocationId", "toLocationId", "reasonCode", "unitCost", "expiresOn", "occurredAt"]);
  });
});

test.each<[EventType, Partial<PostRequest>, { from: string | null; to: string | null }]>([
  ["RECEIVE", { toLocationId: there }, { from: null, to: "AVAILABLE" }],
  ["RECEIVE", { toLocationId: there, status: "HOLD" }, { from: null, to: "HOLD" }],
  ["MOVE", { fromLocationId: here, toLocationId: there }, { from: "AVAILABLE", to: "AVAILABLE" }],
  ["MOVE", { fromLocationId: here, toLocationId: there, status: "HOLD" }, { from: "HOLD", to: "HOLD" }],
  ["SHIP", { fromLocationId: here }, { from: "AVAILABLE", to: null }],
  ["SCRAP", { fromLocationCode: "A", status: "HOLD" }, { from: "HOLD", to: null }],
  ["HOLD", { fromLocationId: here }, { from: "AVAILABLE", to: "HOLD" }],
  ["RELEASE", { fromLocationId: here, status: "HOLD" }, { from: "HOLD", to: "AVAILABLE" }],
  ["ADJUST", { toLocationId: there }, { from: null, to: "AVAILABLE" }],
  ["ADJUST", { fromLocationId: here, status: "HOLD" }, { from: "HOLD", to: null }],
])("%s %o takes from and puts into %o", (type, fields, expected) => {
  expect(statusesOf(request(type, fields))).toEqual(expected);
});

test("only what leaves for production or a customer respects the expiry date, and only who supervises overrides it", () => {
  expect(eventTypes.filter(respectsExpiry)).toEqual(["ISSUE", "SHIP"]);
  expect(roles.filter((role: Role) => mayOverrideExpiry(role))).toEqual(["Admin", "Supervisor"]);
});
