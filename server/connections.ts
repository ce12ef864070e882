import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Patience {
  /** How long a client may do worse than the rate below. */
  patienceMs: number;
  bytesPerSecond: number;
}

/**
 * Cuts off who sends a body, or takes an answer, more slowly than a rate that every real line keeps to (RFC 9110, 15.5.9: `408`, where
 * nothing was answered yet). Who waits for us, to read what they sent or to answer, is left to wait.
 */
export function cutOffWhoIsSlow(server: Server, { patienceMs, bytesPerSecond }: Patience): void {
  const least = (bytesPerSecond * patienceMs) / 1_000;
  const watched = new Map<Socket, { request: IncomingMessage; sending: Pace; taking: Pace }>();
  server.on("request", (request) => {
    const { socket } = request;
    if (!watched.has(socket)) socket.once("close", () => watched.delete(socket));
    watched.set(socket, { request, sending: createPace(patienceMs, least), taking: createPace(patienceMs, least) });
  });
  const watching = setInterval(() => {
    const now = performance.now();
    for (const [socket, { request, sending, taking }] of watched) {
      const waitsForBody = !request.complete && request.readableLength < request.readableHighWaterMark;
      if (taking.isTooSlow(now, socket.writableLength > 0, socket.bytesWritten - socket.writableLength)) socket.destroy();
      else if (sending.isTooSlow(now, waitsForBody, socket.bytesRead)) server.emit("clientError", new SlowClientError(), socket);
    }
  }, patienceMs / 10).unref();
  server.once("close", () => clearInterval(watching));
}

/** As Node names the same of headers. */
class SlowClientError extends Error {
  readonly code = "ERR_HTTP_REQUEST_TIMEOUT";
}

type Pace = ReturnType<typeof createPace>;

/** Whether, over a span in which a client was waited for all along, fewer bytes than `least` have moved. */
function createPace(spanMs: number, least: number) {
  let since: { at: number; bytes: number } | undefined;
  return {
    isTooSlow: (now: number, isWaitedFor: boolean, bytes: number): boolean => {
      if (!isWaitedFor) since = undefined;
      else if (!since || bytes - since.bytes >= least) since = { at: now, bytes };
      return since !== undefined && now - since.at >= spanMs;
    },
  };
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
    for (const socket of connections) if (!busy.has(socket) && !socket.writableEnded) socket.destroySoon();
  };
}

/**
 * Lets `refuse` answer what is no valid HTTP, by the code of what is wrong with it, and end its connection, once the whole requests that came before have been answered: by
 * the order of answers alone a client knows which is whose. Of a request whose answer has begun the connection just ends.
 */
export function refuseInTurn(server: Server, refuse: (socket: Duplex, reason: string) => void): void {
  const refused = new WeakMap<Duplex, string>();
  const refuseOrWait = (socket: Duplex) => {
    const answers = [...underWay].filter(({ req }) => req.socket === socket);
    if (answers.some(({ req }) => req.complete)) return;
    const reason = refused.get(socket) ?? "";
    refused.delete(socket);
    if (answers.some(({ headersSent }) => headersSent)) socket.end();
    else refuse(socket, reason);
    // One that does not close its end either is not waited for.
    const impatient = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(impatient));
  };
  const underWay = answersUnderWay(server, ({ req }) => {
    if (refused.has(req.socket)) refuseOrWait(req.socket);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    refused.set(socket, error.code ?? "");
    refuseOrWait(socket);
  });
  // Nobody tunnels through us to elsewhere; Node would hang up without a word.
  server.on("connect", (_, socket) => void server.emit("clientError", new Error("A tunnel was asked for"), socket));
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
