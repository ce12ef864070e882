import { expect, test } from "vitest";
import type { InventoryEvent } from "#contract/ledger.ts";
import { runningTotals } from "./totals.ts";

const event = (quantity: number, fromLocationId: string | null, toLocationId: string | null) =>
  ({ quantity, fromLocationId, toLocationId }) as InventoryEvent;
const everywhere = () => true;

test("the running balance goes back from what is there now to nothing before the first event", () => {
  const newestFirst = [event(2, "b", null), event(5, "a", "b"), event(0.1, null, "a"), event(10.2, null, "a")];
  expect(runningTotals(newestFirst, 8.3, everywhere)).toEqual([8.3, 10.3, 10.3, 10.2]);
});

test("a hold turns stock in its place and changes no total", () => {
  expect(runningTotals([event(3, "a", "a"), event(3, null, "a")], 3, everywhere)).toEqual([3, 3]);
});

test("a move to another site leaves the total of the site it came from", () => {
  const inFirstSite = (locationId: string) => locationId === "a";
  expect(runningTotals([event(4, "a", "x"), event(10, null, "a")], 6, inFirstSite)).toEqual([6, 10]);
});
