import type { Role } from "#contract/identity.ts";
import { adminTopics, companyTopics, type LiveTopic, siteTopics } from "#contract/live.ts";
import type { Change } from "./change.ts";

/** Who watches, and what they may hear of. */
export interface Watcher {
  tenantId: string;
  userId: string;
  role: Role;
  siteIds: readonly string[] | "all";
}

/** One open stream of server-sent events. Times are of the monotonic clock. */
export interface LiveStream extends Watcher {
  tokenHash: Buffer;
  /** What may be new and was not told yet: no more than there are topics, however long a client does not read. */
  pending: Set<LiveTopic>;
  controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  sentAt: number;
  /** When the rights were looked up. */
  checkedAt: number;
}

export interface LiveTimes {
  /** Something is sent to everyone this often, so that nothing on the way takes the line for dead. */
  heartbeatMs: number;
  /** Nobody is told more often. */
  restMs: number;
  /** How old the rights may be of whom something is told. */
  rightsMs: number;
  /** A session that could not be looked up for so long is taken for ended. */
  unknownMs: number;
}

const everyTopic: readonly LiveTopic[] = [...siteTopics, ...companyTopics, ...adminTopics];
const isForAdmins = (topic: LiveTopic) => (adminTopics as readonly LiveTopic[]).includes(topic);
/** What may have ended a session or changed somebody's rights. */
const isAboutRights = (topic: LiveTopic) => topic === "user" || topic === "session";
const isHeardAt = ({ siteIds }: Watcher, { heardAt }: Change) =>
  siteIds === "all" || heardAt === "everywhere" || heardAt.some((id) => siteIds.includes(id));

const encoder = new TextEncoder();

export function send(stream: LiveStream, text: string): void {
  stream.sentAt = performance.now();
  stream.controller.enqueue(encoder.encode(text));
}

/** Not everyone comes back at once, after a restart. */
export const greeting = (): string => `retry: ${2_000 + Math.round(Math.random() * 3_000)}\nevent: ready\ndata: {}\n\n`;
export const farewell = "event: ended\ndata: {}\n\n";

/** When something is to be sent again. */
export const isDue = ({ pending, sentAt }: LiveStream, now: number, { restMs, heartbeatMs }: LiveTimes): boolean =>
  now - sentAt >= (pending.size > 0 ? restMs : heartbeatMs);

export function hear(stream: LiveStream, change: Change): void {
  // The heartbeat that is due now looks the rights up first.
  if (isAboutRights(change.topic)) Object.assign(stream, { checkedAt: -Infinity, sentAt: -Infinity });
  if (isHeardAt(stream, change)) stream.pending.add(change.topic);
}

/** Something may have been missed: anything may be new. */
export const hearOfAll = (stream: LiveStream): void => void (stream.pending = new Set(everyTopic));

/** Takes the rights as they are now. Where they differ, what was seen before may be too much or too little: anything may be new. */
export function renewRights(stream: LiveStream, found: Watcher): void {
  const rights = ({ role, siteIds }: Watcher) => JSON.stringify([role, siteIds === "all" ? siteIds : [...siteIds].toSorted()]);
  if (rights(found) !== rights(stream)) hearOfAll(stream);
  Object.assign(stream, found, { checkedAt: performance.now() });
}

/** Tells what is pending, or gives a sign of life; nothing to who does not read, or whose rights are not known to be as they were. */
export function tell(stream: LiveStream, { rightsMs, heartbeatMs }: LiveTimes): void {
  const now = performance.now();
  if (now - stream.checkedAt > rightsMs || (stream.controller.desiredSize ?? 0) <= 0) return;
  const topics = [...stream.pending].filter((topic) => stream.role === "Admin" || !isForAdmins(topic));
  stream.pending.clear();
  if (topics.length > 0) send(stream, `event: changed\ndata: ${JSON.stringify({ topics })}\n\n`);
  else if (now - stream.sentAt >= heartbeatMs) send(stream, ":\n\n");
}
