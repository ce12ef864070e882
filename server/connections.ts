import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Cuts off a client that takes not one byte of its answer for so long. One that waits for us is left to wait. */
export function cutOffWhoNeverReads(server: Server, patienceMs: number): void {
  server.on("request", ({ socket }, response) => {
    response.setTimeout(patienceMs, () => {
      if (socket.writableLength > 0) socket.destroy();
    });
  });
}

const lingerMs = 5_000;

/**
 * Ends the connection after the answer, but takes in for a while what its client still sends. Closed at once it would be reset,
 * and the client lose the answer that it had not read yet (RFC 9112, 9.6).
 */
export function lingerAfterAnswer(socket: Socket): void {
  // What Node calls after an answer that is the connection's last.
  socket.destroySoon = () => {
    socket.end();
    const impatient = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(impatient));
  };
}

/**
 * Lets `close` end every connection but those with an answer under way, and these once it has left. Node would leave open those
 * over which nothing was asked yet, as browsers open some in advance, and cut off an answer whose last bytes wait to be taken.
 */
export function closeWhenAnswered(server: Server): void {
  const connections = new Set<Socket>();
  const underWay = answersUnderWay(server, () => {
    if (closing) server.closeIdleConnections();
  });
  let closing = false;
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  // What `close` calls first.
  server.closeIdleConnections = () => {
    closing = true;
    const busy = new Set([...underWay].map(({ req }) => req.socket));
    for (const socket of connections) if (!busy.has(socket)) socket.destroySoon();
  };
}

/**
 * Lets `refuse` answer what is no valid HTTP, and end its connection, once the whole requests that came before have been answered: by
 * the order of answers alone a client knows which is whose. Of a request whose answer has begun the connection just ends.
 */
export function refuseInTurn(server: Server, refuse: (socket: Duplex) => void): void {
  const refused = new WeakSet<Duplex>();
  const refuseOrWait = (socket: Duplex) => {
    const answers = [...underWay].filter(({ req }) => req.socket === socket);
    if (answers.some(({ req }) => req.complete)) return;
    refused.delete(socket);
    if (answers.some(({ headersSent }) => headersSent)) socket.end();
    else refuse(socket);
  };
  const underWay = answersUnderWay(server, ({ req }) => {
    if (refused.has(req.socket)) refuseOrWait(req.socket);
  });
  server.on("clientError", (_error, socket) => {
    refused.add(socket);
    refuseOrWait(socket);
  });
}

function answersUnderWay(server: Server, onEnd: (answer: ServerResponse) => void): ReadonlySet<ServerResponse> {
  const underWay = new Set<ServerResponse>();
  server.on("request", (_, response) => {
    underWay.add(response);
    response.once("close", () => {
      underWay.delete(response);
      onEnd(response);
    });
  });
  return underWay;
}
