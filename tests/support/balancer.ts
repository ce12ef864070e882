import { once } from "node:events";
import { Agent, createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";

const askReadyEveryMs = 100;

/** A load balancer as small as one can be: keeps connections to its servers open, and sends requests in turn to those that say they are ready. */
export async function startBalancer() {
  const servers = new Map<string, { ready: boolean }>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const next = () => {
    const ready = [...servers].filter(([, state]) => state.ready).map(([address]) => address);
    return ready[turn++ % Math.max(1, ready.length)];
  };

  const balancer = createServer((incoming, outgoing) => {
    const address = next();
    const failed = () => void outgoing.writeHead(502).end();
    if (address === undefined) {
      failed();
      return;
    }
    const passed = ask(address + (incoming.url ?? "/"), { method: incoming.method, headers: incoming.headers, agent }, (answer) => {
      const { connection: _, ...headers } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(outgoing);
    });
    passed.on("error", failed);
    incoming.pipe(passed);
  });
  balancer.listen(0, "127.0.0.1");
  await once(balancer, "listening");

  const look = setInterval(() => {
    for (const [address, state] of servers) {
      void fetch(`${address}/api/health?type=ready`).then(
        ({ ok }) => (state.ready = ok),
        () => (state.ready = false),
      );
    }
  }, askReadyEveryMs);

  return {
    address: `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`,
    add: (address: string) => void servers.set(address, { ready: true }),
    remove: (address: string) => void servers.delete(address),
    close: async () => {
      clearInterval(look);
      agent.destroy();
      balancer.closeAllConnections();
      balancer.close();
      await once(balancer, "close");
    },
  };
}
