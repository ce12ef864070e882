import { describe, expect, test } from "vitest";
import { DryRunQuery, eventTypes, PostBatch, postableTypes, PostEvent, ReverseEvent } from "./ledger.ts";

const id = "0196f0a0-0000-7000-8000-000000000001";
const receipt = { type: "RECEIVE", itemId: id, quantity: 1, toLocationId: id };

test("what comes only from documents cannot be posted by hand", () => {
  const documentsOnly = eventTypes.filter((type) => !(postableTypes as readonly string[]).includes(type));
  expect(documentsOnly).toEqual(["ISSUE", "PRODUCE", "COUNT"]);
  for (const type of documentsOnly) expect(PostEvent.safeParse({ ...receipt, type }).success).toBe(false);
});

describe("an event", () => {
  test.each([
    ["status", "GONE"],
    ["quantity", 0],
    ["quantity", "5"],
    ["itemId", "not an id"],
    ["unitCost", -1],
    ["expiresOn", "2026-02-30"],
    ["occurredAt", "yesterday"],
    ["recordedAt", "2026-01-01T00:00:00Z"],
    ["tenantId", id],
    ["userId", id],
    ["source", { type: "COUNT", id }],
    ["reversesEventId", id],
  ])("with %s %o is refused", (field, value) => {
    expect(PostEvent.safeParse({ ...receipt, [field]: value }).success).toBe(false);
  });

  test("is the same by codes, however they are typed", () => {
    expect(
      PostEvent.parse({ type: "MOVE", sku: " bolt-1 ", quantity: 1, siteId: id, fromLocationCode: "a-01", toLocationCode: "a-02" }),
    ).toMatchObject({ sku: "BOLT-1", fromLocationCode: "A-01" });
  });
});

test.each([
  [0, false],
  [1, true],
  [1_000, true],
  [1_001, false],
])("a batch of %i events: %s", (length, fits) => {
  expect(PostBatch.safeParse({ events: Array.from({ length }, () => receipt) }).success).toBe(fits);
});

test("a reversal says why", () => {
  expect(ReverseEvent.safeParse({}).success).toBe(false);
  expect(ReverseEvent.parse({ reasonCode: "entry-error" })).toEqual({ reasonCode: "ENTRY-ERROR" });
});

test("a dry run is asked for by its one name", () => {
  expect(DryRunQuery.parse({ dryRun: "true" })).toEqual({ dryRun: true });
  expect([{ dryrun: "true" }, { dryRun: "yes" }].some((query) => DryRunQuery.safeParse(query).success)).toBe(false);
});
