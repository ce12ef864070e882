import { randomUUID } from "node:crypto";
import pg from "pg";
import { socketOf } from "#platform/database/socket.ts";
import type { Logger } from "#platform/logger.ts";

interface LineOptions {
  url: string;
  channel: string;
  onText: (text: string) => void;
  /** Told each time the line stands: what was said before was missed. */
  onBegin: () => void;
  /** How often it is tried whether what is said is heard. */
  pingMs: number;
}

const [reconnectMs, reconnectMsMax] = [1_000, 30_000];
const pingChannel = "live_ping";

/** Listens and speaks on a channel of the database from `begin` to `end`, over a connection of its own that is made anew when it is lost. */
export function keepLine({ log, ...options }: LineOptions & { log: Logger }) {
  let state: "not begun" | "begun" | "ended" = "not begun";
  let failures = 0;
  let line: Line | undefined;
  let waiting: NodeJS.Timeout | undefined;

  const open = () => {
    const onLost = (reason: string) => {
      if (state === "ended") return;
      if (failures === 0) log.warn("Live updates wait for the database", { reason });
      waiting = setTimeout(open, Math.min(reconnectMs * 2 ** failures, reconnectMsMax)).unref();
      failures += 1;
    };
    line = openLine(options, { onWell: () => void (failures = 0), onLost });
  };
  return {
    begin: (): void => {
      if (state !== "not begun") return;
      state = "begun";
      open();
    },
    end: (): void => {
      state = "ended";
      clearTimeout(waiting);
      line?.hangUp();
    },
    isUp: (): boolean => line?.isUp() ?? false,
    /** Says it to everyone who listens, this process too; where the line breaks just then, to nobody. */
    say: (text: string): void => line?.say(text),
  };
}

interface Line {
  isUp: () => boolean;
  say: (text: string) => void;
  hangUp: () => void;
}

/**
 * One connection that listens. It sends itself a ping now and then and waits to hear it: a link that fell silent, or a pooler that
 * swallows notifications, is found out by that alone.
 */
function openLine(
  { url, channel, onText, onBegin, pingMs }: LineOptions,
  { onWell, onLost }: { onWell: () => void; onLost: (reason: string) => void },
): Line {
  const client = new pg.Client({
    connectionString: url,
    keepAlive: true,
    connectionTimeoutMillis: 3_000,
    application_name: "warehouse-builder live",
  });
  let state: "opening" | "up" | "lost" = "opening";
  let waiting: NodeJS.Timeout | undefined;
  let unheard: string | undefined;

  const lose = (reason?: string) => {
    if (state === "lost") return;
    state = "lost";
    clearTimeout(waiting);
    // Without a farewell, which nobody may be there to hear.
    socketOf(client).destroy();
    if (reason !== undefined) onLost(reason);
  };
  // Its failure is the connection's, which tells of itself, or a ping that is not heard.
  const notify = (on: string, text: string) => void client.query("SELECT pg_notify($1, $2)", [on, text]).catch(() => undefined);
  const ping = () => {
    unheard = randomUUID();
    notify(pingChannel, unheard);
    waiting = setTimeout(() => (unheard === undefined ? ping() : lose("A ping was not heard")), pingMs).unref();
  };
  const begin = async () => {
    await client.connect();
    await client.query(`LISTEN ${channel}; LISTEN ${pingChannel}`);
    state = "up";
    ping();
    onBegin();
  };
  client.on("error", (error) => lose(error.message));
  client.on("end", () => lose("The connection ended"));
  client.on("notification", ({ channel: on, payload = "" }) => {
    if (on === channel) onText(payload);
    if (on !== pingChannel || payload !== unheard) return;
    unheard = undefined;
    onWell();
  });
  begin().catch((error: unknown) => lose(String(error)));
  return { isUp: () => state === "up", say: (text) => notify(channel, text), hangUp: () => lose() };
}
