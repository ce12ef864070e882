import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

export interface Received {
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

type Behaviour = "well" | "silent" | "resetting" | number | ((received: Received, response: ServerResponse) => void);

/** A service on loopback that lines of the log are sent to, and that can be slow, broken or (once closed) absent. */
export async function startReceiver(answer: (received: Received, response: ServerResponse) => void) {
  const received: Received[] = [];
  let behaviour: Behaviour = "well";
  const server = createServer((request, response) => {
    void (async () => {
      const bytes = await buffer(request);
      const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
      const one = { path: request.url ?? "", headers: request.headers, body };
      received.push(one);
      if (behaviour === "well") return answer(one, response);
      if (behaviour === "resetting") return void request.socket.destroy();
      if (typeof behaviour === "number") return void response.writeHead(behaviour).end("{}");
      if (typeof behaviour === "function") return behaviour(one, response);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received,
    become: (next: Behaviour) => {
      behaviour = next;
    },
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((done) => server.close(done));
    },
  };
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
