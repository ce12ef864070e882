import {
  BalanceList,
  BalanceQuery,
  DryRunQuery,
  EventList,
  EventQuery,
  InventoryEvent,
  PostBatch,
  PostedBatch,
  Posted,
  PostEvent,
  ReverseEvent,
} from "#contract/ledger.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { listBalances } from "./balances.ts";
import { getEvent, listEvents } from "./events.ts";
import { post, type PostedEvents } from "./post.ts";
import { reverseEvent } from "./reverse.ts";

const single = ({ events: [event], balances }: PostedEvents) => {
  if (!event) throw new Error("The ledger answered without an event");
  return { event, balances };
};

export const ledgerRoutes = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/balances",
    summary: "Stock per item, location, lot and state; with asOf, as it was",
    query: BalanceQuery,
    response: BalanceList,
    handler: ({ tx, context, query, services }) => listBalances(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/events",
    summary: "The ledger, newest first",
    query: EventQuery,
    response: EventList,
    handler: ({ tx, context, query, services }) => listEvents(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/events/{id}",
    summary: "One event",
    params: IdParams,
    response: InventoryEvent,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getEvent(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/events",
    summary: "Post one stock movement",
    query: DryRunQuery,
    body: PostEvent,
    response: Posted,
    status: 201,
    handler: async ({ tx, context, body }) => single(await post(tx, context, [body], (_, field) => field)),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/events/batch",
    summary: "Post up to 1,000 stock movements, whole or not at all",
    query: DryRunQuery,
    body: PostBatch,
    response: PostedBatch,
    status: 201,
    handler: ({ tx, context, body }) => post(tx, context, body.events),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/events/{id}/reverse",
    summary: "Undo an event by a new one in the opposite direction",
    params: IdParams,
    query: DryRunQuery,
    body: ReverseEvent,
    response: Posted,
    status: 201,
    handler: async ({ tx, context, params, body }) => single(await reverseEvent(tx, context, params.id, body)),
  }),
];
