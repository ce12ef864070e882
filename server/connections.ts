import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Cuts off a client that takes not one byte of its answer for so long. One that waits for us is left to wait. */
export function cutOffWhoNeverReads(server: Server, patienceMs: number): void {
  server.on("request", ({ socket }, response) => {
    response.setTimeout(patienceMs, () => {
      if (socket.writableLength > 0) socket.destroy();
    });
  });
}

/**
 * Lets `close` end every connection but those with an answer under way, and these once it has left. Node would leave open those
 * over which nothing was asked yet, as browsers open some in advance, and cut off an answer whose last bytes wait to be taken.
 */
export function closeWhenAnswered(server: Server): void {
  const connections = new Set<Socket>();
  const underWay = new Set<ServerResponse>();
  let closing = false;
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("request", (_, response) => {
    underWay.add(response);
    response.once("close", () => {
      underWay.delete(response);
      if (closing) server.closeIdleConnections();
    });
  });
  // What `close` calls first.
  server.closeIdleConnections = () => {
    closing = true;
    const busy = new Set([...underWay].map(({ req }) => req.socket));
    for (const socket of connections) if (!busy.has(socket)) socket.destroySoon();
  };
}
