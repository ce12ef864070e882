import type { z } from "zod";
import type { Role } from "#contract/identity.ts";
import type { Services } from "#platform/services.ts";
import type { Context } from "./context.ts";
import type { Outgoing } from "./encode.ts";
import { type AnyRoute, createSecureRoute } from "./route.ts";

export type EventStream = ReadableStream<Uint8Array<ArrayBuffer>>;

interface EventsFields<R extends z.ZodType> {
  path: string;
  summary: string;
  roles: readonly Role[];
  /** What the events carry. */
  response: R;
  open: (input: { context: Context; services: Services; request: Request }) => EventStream;
}

/** A route that answers with server-sent events for as long as its client listens; guarded as every other. */
export const createEventsRoute = <R extends z.ZodType>({ open, ...fields }: EventsFields<R>): AnyRoute =>
  createSecureRoute({
    ...fields,
    method: "GET",
    rateLimit: "API",
    transaction: "none",
    answersEvents: true,
    // Sent by `sendEvents`, which alone knows what it is.
    handler: async ({ context, services, request }): Promise<never> => open({ context, services, request: request.raw }) as never,
  });

export function sendEvents(events: EventStream, headers: Record<string, string>): Outgoing {
  headers["Content-Type"] = "text/event-stream";
  // Proxies that gather an answer before they pass it on would keep all of it.
  headers["X-Accel-Buffering"] = "no";
  return { status: 200, body: events };
}
