import { AsyncLocalStorage } from "node:async_hooks";
import { redactedJson } from "./redact.ts";

/** What every line of one request says about it. */
export interface LogContext {
  requestId?: string;
  userId?: string;
  tenantId?: string;
  ipAddress?: string;
  userAgent?: string;
  [name: string]: string | undefined;
}

interface Held {
  fields: LogContext;
  /** The fields as JSON, until they change. */
  json: string | undefined;
}

const contextOfRequest = new AsyncLocalStorage<Held>();

/** Runs `work` with a log context of its own: it follows by itself through every await, and reaches no other request. */
export const withLogContext = <T>(context: LogContext, work: () => T): T =>
  contextOfRequest.run({ fields: context, json: undefined }, work);

/** Adds to the context of the request that is running; outside of one there is nothing to add to. */
export function addToLogContext(context: LogContext): void {
  const held = contextOfRequest.getStore();
  if (!held) return;
  held.fields = { ...held.fields, ...context };
  held.json = undefined;
}

/** The context of the running request over a logger's own, as JSON. */
export function contextJson(own: LogContext | undefined): string {
  const held = contextOfRequest.getStore();
  if (own || !held) return redactedJson({ ...own, ...held?.fields }) ?? "{}";
  return (held.json ??= redactedJson(held.fields) ?? "{}");
}
