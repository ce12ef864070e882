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
import { createSecureRoute, everyRole, workers } from "#platform/http/route.ts";
import { listBalances } from "./balances.ts";
import { getEvent, listEvents } from "./events.ts";
import { post, type PostedEvents } from "./post.ts";
import { reverseEvent } from "./reverse.ts";

const single = ({ events: [event], balances }: PostedEvents) => {
  if (!event) throw new Error("The ledger answered without an event");
  return { event, balances };
};

export const ledgerRoutes = [
  createSecureRoute({
    method: "GET",
    path: "/inventory/balances",
    summary: "Stock per item, location, lot and state; with asOf, as it was",
    roles: everyRole,
    rateLimit: "API",
    query: BalanceQuery,
    response: BalanceList,
    handler: ({ tx, context, query, services }) => listBalances(tx, context, query, services.settings.cursorSecrets),
  }),
  createSecureRoute({
    method: "GET",
    path: "/inventory/events",
    summary: "The ledger, newest first",
    roles: everyRole,
    rateLimit: "API",
    query: EventQuery,
    response: EventList,
    handler: ({ tx, context, query, services }) => listEvents(tx, context, query, services.settings.cursorSecrets),
  }),
  createSecureRoute({
    method: "GET",
    path: "/inventory/events/{id}",
    summary: "One event",
    roles: everyRole,
    rateLimit: "API",
    params: IdParams,
    response: InventoryEvent,
    handler: ({ tx, context, params }) => getEvent(tx, context, params.id),
  }),
  createSecureRoute({
    method: "POST",
    path: "/inventory/events",
    summary: "Post one stock movement",
    roles: workers,
    rateLimit: "WRITE",
    query: DryRunQuery,
    body: PostEvent,
    response: Posted,
    status: 201,
    handler: async ({ tx, context, body }) => single(await post(tx, context, [body], () => "")),
  }),
  createSecureRoute({
    method: "POST",
    path: "/inventory/events/batch",
    summary: "Post up to 1,000 stock movements, whole or not at all",
    roles: workers,
    rateLimit: "WRITE",
    query: DryRunQuery,
    body: PostBatch,
    response: PostedBatch,
    status: 201,
    handler: ({ tx, context, body }) => post(tx, context, body.events),
  }),
  createSecureRoute({
    method: "POST",
    path: "/inventory/events/{id}/reverse",
    summary: "Undo an event by a new one in the opposite direction",
    roles: workers,
    rateLimit: "WRITE",
    params: IdParams,
    query: DryRunQuery,
    body: ReverseEvent,
    response: Posted,
    status: 201,
    handler: async ({ tx, context, params, body }) => single(await reverseEvent(tx, context, params.id, body)),
  }),
];
