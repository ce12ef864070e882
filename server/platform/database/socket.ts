import type { Socket } from "node:net";
import type { Client, PoolClient } from "pg";

/** The driver's own socket, which it does not hand out. */
export const socketOf = (client: Client | PoolClient): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream;

/** What is sent in one turn of the event loop leaves in one write: writes of a few bytes each cost more than building them. */
export function sendTogether(client: PoolClient): void {
  const stream = socketOf(client);
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
