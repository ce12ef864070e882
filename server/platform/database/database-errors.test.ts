import { describe, expect, test } from "vitest";
import { type AppError, ConflictError } from "#platform/errors.ts";
import { isConnectionError, isRetryable } from "./connection-errors.ts";
import { toAppError } from "./database-errors.ts";

const failure = (code: string | undefined, facts: { constraint?: string; table?: string; column?: string; message?: string } = {}) =>
  Object.assign(new Error(facts.message ?? "the database's own words"), code === undefined ? {} : { code }, facts);

test.each([
  ["22001", "A text is too long"],
  ["22003", "A number is too large"],
  ["22P02", "A value has the wrong form"],
  ["22008", "A value is out of range or has the wrong form"],
])("%s says to people: %s", (state, message) => {
  expect(toAppError(failure(state))).toMatchObject({ details: { errors: [{ path: "", message }] } });
});

test.each([
  ["23505", { table: "item", constraint: "item_sku_key" }, 409, "UNIQUE_CONSTRAINT_VIOLATION", "A record with this sku already exists"],
  [
    "23503",
    { table: "item", constraint: "item_base_uom_fkey" },
    409,
    "FOREIGN_KEY_VIOLATION",
    "baseUom names something that does not exist",
  ],
  ["23001", { table: "item", constraint: "item_base_uom_fkey" }, 409, "FOREIGN_KEY_VIOLATION", "Something still refers to this"],
  ["23P01", { table: "item", constraint: "item_sku_key" }, 409, "UNIQUE_CONSTRAINT_VIOLATION", "A record with this sku already exists"],
  ["23505", { table: "x", constraint: "unheard_of" }, 409, "UNIQUE_CONSTRAINT_VIOLATION", "This does not fit with what is stored"],
  [
    "23514",
    { table: "inventory_balance", constraint: "inventory_balance_on_hand_not_negative" },
    409,
    "INSUFFICIENT_STOCK",
    "There is not enough stock",
  ],
  [
    "23514",
    { table: "inventory_balance", constraint: "inventory_balance_allocated_on_hand" },
    409,
    "INSUFFICIENT_STOCK",
    "This stock is promised to a document",
  ],
  [
    "23514",
    { table: "inventory_balance", constraint: "inventory_balance_serial_once" },
    409,
    "SERIAL_ON_HAND",
    "This serial number is on hand already",
  ],
  [
    "23505",
    { table: "inventory_event", constraint: "inventory_event_reversed_once" },
    409,
    "ALREADY_REVERSED",
    "This event is reversed already",
  ],
  ["23514", { table: "item", constraint: "item_reorder_point_not_negative" }, 400, "VALIDATION_ERROR", "Validation failed"],
  ["23502", { table: "item", column: "base_uom" }, 400, "VALIDATION_ERROR", "Validation failed"],
  ["22001", {}, 400, "VALIDATION_ERROR", "Validation failed"],
  ["22003", {}, 400, "VALIDATION_ERROR", "Validation failed"],
  ["22P02", {}, 400, "VALIDATION_ERROR", "Validation failed"],
  ["22007", {}, 400, "VALIDATION_ERROR", "Validation failed"],
  ["22008", {}, 400, "VALIDATION_ERROR", "Validation failed"],
  ["22021", {}, 400, "VALIDATION_ERROR", "Validation failed"],
  ["40001", {}, 503, "BUSY", undefined],
  ["40P01", {}, 503, "BUSY", undefined],
  ["55P03", {}, 503, "BUSY", undefined],
  ["57014", {}, 503, "TIMEOUT", undefined],
  ["57P01", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["57P02", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["57P03", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["57P04", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["57P05", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["25006", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["25P03", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["25P04", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["53100", {}, 503, "BUSY", undefined],
  ["53200", {}, 503, "BUSY", undefined],
  ["53400", {}, 503, "BUSY", undefined],
  ["53300", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["08006", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["08001", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["ECONNREFUSED", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["ECONNRESET", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["ETIMEDOUT", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["08000", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["08003", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["EPIPE", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["ENOTFOUND", {}, 503, "DATABASE_UNAVAILABLE", undefined],
  ["42501", {}, 500, "DATABASE_ERROR", undefined],
  ["P0001", {}, 500, "DATABASE_ERROR", undefined],
  ["XX000", {}, 500, "DATABASE_ERROR", undefined],
  ["42P01", {}, 500, "DATABASE_ERROR", undefined],
  ["25P02", {}, 500, "DATABASE_ERROR", undefined],
])("%s %o is told as %i %s", (state, facts, statusCode, code, message) => {
  const told = toAppError(failure(state, facts));
  expect(told).toMatchObject({ statusCode, code, ...(message === undefined ? {} : { message }) });
  expect((told as AppError).message).not.toContain("the database's own words");
});

describe("which of the two a broken reference is, whatever language the server speaks", () => {
  const broken = { code: "23503", table: "location", constraint: "location_site_fkey" };
  test.each([
    ['Key is not present in table "site".', "site"],
    ['Key (tenant_id, site_id)=(a, b) is not present in table "site".', "site"],
    ["Der Schlüssel (site_id)=(b) ist nicht in Tabelle »site« vorhanden.", "site"],
    ["Schlüssel ist nicht vorhanden in Tabelle „site“.", "site"],
    ["La clé n’est pas présente dans la table « site ».", "site"],
    ["", undefined],
  ])("what is referred to is missing: %s", (detail, missingTable) => {
    expect(toAppError(Object.assign(new Error("x"), broken, { detail }))).toMatchObject({
      statusCode: 409,
      message: "site names something that does not exist",
      missingTable,
    });
  });
  test.each([
    'Key is still referenced from table "location".',
    'Key (tenant_id, id)=(a, b) is still referenced from table "location".',
    "Auf Schlüssel (id)=(b) wird noch aus Tabelle »location« verwiesen.",
  ])("something still refers to it: %s", (detail) => {
    const told = toAppError(Object.assign(new Error("x"), broken, { detail }));
    expect(told).toMatchObject({ statusCode: 409, message: "Something still refers to this", missingTable: undefined });
  });
});

test("a fault of one field names it as the API does", () => {
  expect(toAppError(failure("23514", { table: "item", constraint: "item_reorder_point_not_negative" }))).toMatchObject({
    details: { errors: [{ path: "reorderPoint", message: "reorderPoint must not be negative" }] },
  });
  expect(toAppError(failure("23502", { column: "base_uom" }))).toMatchObject({
    details: { errors: [{ path: "baseUom", message: "Is required" }] },
  });
});

test("what may be tried again tells when", () => {
  for (const state of ["40001", "57014", "57P01", "ECONNRESET"]) expect(toAppError(failure(state))).toMatchObject({ retryAfterSeconds: 1 });
});

test("an error of ours, and one that has nothing to do with the database, stay as they are", () => {
  const refusal = new ConflictError("TAKEN", "Taken");
  expect(toAppError(refusal)).toBe(refusal);
  const mistake = new TypeError("x is not a function");
  expect(toAppError(mistake)).toBe(mistake);
  expect(toAppError("thrown text")).toBe("thrown text");
});

describe("a lost connection is known also where the driver gives no code", () => {
  test.each([
    "Connection terminated unexpectedly",
    "Connection terminated",
    "Client has encountered a connection error and is not queryable",
    "Client was closed and is not queryable",
  ])("%s", (message) => {
    expect(isConnectionError(failure(undefined, { message }))).toBe(true);
  });
  test("but not every error is one", () => {
    expect(isConnectionError(failure(undefined, { message: "x is not a function" }))).toBe(false);
    expect(isConnectionError(failure("23505", { message: "Connection terminated" }))).toBe(false);
    expect(isConnectionError(undefined)).toBe(false);
  });
});

test("only what the database rolled back for reasons of timing may be run again", () => {
  expect(["40001", "40P01", "55P03"].every((state) => isRetryable(failure(state)))).toBe(true);
  expect(["57014", "53100", "22P02", "23505", "42601", "57P01"].some((state) => isRetryable(failure(state)))).toBe(false);
});
