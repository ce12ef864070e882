import type { Logger } from "#platform/logger.ts";
import { type Change, createChangeBuffer, readChanges } from "./change.ts";
import { keepLine } from "./line.ts";

export interface ChangeFeedOptions {
  url: string;
  onChange: (change: Change & { tenantId: string }) => void;
  /** Changes may have been missed: anything may be new. */
  onGap: () => void;
  log: Logger;
  gatherMs?: number;
  pingMs?: number;
}

/**
 * Tells every process on this database what was changed in any of them. Not in the transaction that changed it: PostgreSQL lets
 * transactions that notify commit one at a time, and postings would wait for each other. It is gathered for a moment and sent by
 * itself, later where the database is away; a process that dies before takes it along.
 */
export function createChangeFeed({ url, onChange, onGap, log, gatherMs = 100, pingMs = 20_000 }: ChangeFeedOptions) {
  const gathered = createChangeBuffer();
  let gathering: NodeJS.Timeout | undefined;
  const send = () => {
    gathering = undefined;
    if (line.isUp()) gathered.take().forEach(line.say);
  };
  const onBegin = () => {
    onGap();
    send();
  };
  const line = keepLine({ url, channel: "live_change", onText: (text) => readChanges(text).forEach(onChange), onBegin, log, pingMs });
  return {
    tell: (tenantId: string, change: Change): void => {
      gathered.add(tenantId, change);
      gathering ??= setTimeout(send, gatherMs).unref();
      line.begin();
    },
    /** Begins to hear of what others tell. */
    listen: line.begin,
    close: (): void => {
      clearTimeout(gathering);
      line.end();
    },
  };
}
export type ChangeFeed = ReturnType<typeof createChangeFeed>;
