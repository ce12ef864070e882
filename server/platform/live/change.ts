import { z } from "zod";
import { LiveTopic } from "#contract/live.ts";

/** The sites whose people hear of it, or the whole company. */
export type HeardAt = readonly string[] | "everywhere";

/** Something new of a kind of thing. */
export interface Change {
  topic: LiveTopic;
  heardAt: HeardAt;
}

// A process of another version may know other topics: each entry is read by itself.
const Sent = z.array(z.unknown());
const Entry = z.tuple([z.string(), LiveTopic, z.array(z.string()).nullable()]);

/** A notification may have 8,000 bytes, and an entry has less than 100 besides its sites. */
const [bytesMax, sitesMax] = [7_800, 50];

/** Changes from many transactions until they are sent: each kind of thing of each company once. */
export function createChangeBuffer() {
  let gathered = new Map<string, { tenantId: string; topic: LiveTopic; sites: Set<string> | "everywhere" }>();
  return {
    add(tenantId: string, { topic, heardAt }: Change): void {
      const key = `${tenantId} ${topic}`;
      const before = gathered.get(key)?.sites;
      const sites = heardAt === "everywhere" || before === "everywhere" ? "everywhere" : new Set([...(before ?? []), ...heardAt]);
      gathered.set(key, { tenantId, topic, sites });
    },
    /** What was gathered, as texts that each fit into a notification. */
    take(): string[] {
      const entries = [...gathered.values()].flatMap(({ tenantId, topic, sites }) =>
        (sites === "everywhere" ? [null] : inParts([...sites])).map((part) => JSON.stringify([tenantId, topic, part])),
      );
      gathered = new Map();
      return packed(entries);
    },
  };
}

function inParts(sites: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let start = 0; start < sites.length; start += sitesMax) parts.push(sites.slice(start, start + sitesMax));
  return parts;
}

function packed(entries: readonly string[]): string[] {
  const texts: string[] = [];
  let current: string[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (current.length > 0 && bytes + entry.length > bytesMax) {
      texts.push(`[${current.join()}]`);
      [current, bytes] = [[], 0];
    }
    current.push(entry);
    bytes += entry.length + 1;
  }
  return current.length === 0 ? texts : [...texts, `[${current.join()}]`];
}

/** The changes in a notification; what it does not understand it leaves out. */
export function readChanges(text: string): (Change & { tenantId: string })[] {
  const sent = Sent.safeParse(parseJson(text));
  return (sent.data ?? []).flatMap((entry) => {
    const read = Entry.safeParse(entry);
    if (!read.success) return [];
    const [tenantId, topic, sites] = read.data;
    return [{ tenantId, topic, heardAt: sites ?? ("everywhere" as const) }];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
