import { LiveChange, type LiveTopic } from "#contract/live.ts";
import type { TestClient } from "./test-client.ts";

interface ServerSentEvent {
  name: string;
  data: unknown;
}

/** A client's open stream of live updates, read as it comes. */
export interface OpenStream {
  status: number;
  headers: Headers;
  /** The event that comes next; undefined once the stream has ended. */
  next(): Promise<ServerSentEvent | undefined>;
  /** Reads on until a topic is told; throws when the stream ends before. */
  hears(topic: LiveTopic): Promise<void>;
  /** Every topic that is told from now until `last` is. */
  topicsUntil(last: LiveTopic): Promise<LiveTopic[]>;
  /** Reads to the end; the names of the events that came. */
  toItsEnd(): Promise<string[]>;
  leave(): Promise<void>;
}

export async function openStream(client: TestClient, headers: Record<string, string> = {}): Promise<OpenStream> {
  const leaving = new AbortController();
  const response = await fetch(`${client.baseUrl}/api/v1/live`, {
    headers: { ...(client.cookie ? { cookie: client.cookie } : {}), ...headers },
    signal: leaving.signal,
  });
  const events = eventsOf(response);
  const next = async () => (await events.next()).value;
  const topicsUntil = async (last: LiveTopic) => {
    const told: LiveTopic[] = [];
    while (!told.includes(last)) {
      const event = await next();
      if (!event) throw new Error(`The stream ended before it told of ${last}; it told of ${told.join(", ")}`);
      if (event.name === "changed") told.push(...LiveChange.parse(event.data).topics);
    }
    return told;
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    topicsUntil,
    hears: async (topic) => void (await topicsUntil(topic)),
    toItsEnd: async () => {
      const names: string[] = [];
      for (let event = await next(); event; event = await next()) names.push(event.name);
      return names;
    },
    leave: async () => {
      leaving.abort();
      await events.return(undefined).catch(() => undefined);
    },
  };
}

async function* eventsOf({ body }: Response): AsyncGenerator<ServerSentEvent, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const name = field("event");
      // A heartbeat is none.
      if (name !== undefined) yield { name, data: JSON.parse(field("data") ?? "null") };
    }
  }
  return undefined;
}
