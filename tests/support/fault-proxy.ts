import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** What becomes of a connection whose client sends COMMIT. */
export type CommitFate =
  | "pass"
  /** The link breaks before the server hears of it. */
  | "cut-before"
  /** The server has saved it and says so; the client never hears of that. */
  | "cut-after"
  /** The same, but the link stays open and silent. */
  | "silent-after";

export interface FaultProxy {
  /** The same database, reached through the proxy. */
  through(url: string): string;
  /** Asked at every COMMIT. */
  onCommit: () => CommitFate;
  /** Milliseconds that whatever the client sends is on its way. */
  delayMs: number;
  /** Nothing is carried any more in either direction, and nobody is told; new connections are taken and left alone. */
  goSilent(): void;
  /** Connections that are made from now on are served again; those that went silent stay so. */
  speakAgain(): void;
  /** Cuts every connection. */
  cutAll(): void;
  /** How many connections a client holds open at this moment. */
  open(): number;
  /** How often each fate was met. */
  readonly met: Record<CommitFate, number>;
  close(): Promise<void>;
}

/** What the proxy does to everyone at the moment. */
type Faults = Pick<FaultProxy, "onCommit" | "delayMs" | "met">;

/** Stands between a server and its PostgreSQL, understands as much of the protocol as to see COMMIT pass, and does harm on command. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const links = new Set<Link>();
  let silent = false;
  const listener = createServer((client) => {
    const link = new Link(client, connect(Number(port), hostname), proxy);
    link.silent = silent;
    links.add(link);
    client.on("close", () => links.delete(link));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const proxy: FaultProxy = {
    through: (url) => {
      const address = new URL(url);
      address.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
      return address.href;
    },
    onCommit: () => "pass",
    delayMs: 0,
    goSilent: () => {
      silent = true;
      for (const link of links) link.silent = true;
    },
    speakAgain: () => void (silent = false),
    cutAll: () => {
      for (const link of links) link.cut();
    },
    open: () => links.size,
    met: { pass: 0, "cut-before": 0, "cut-after": 0, "silent-after": 0 },
    close: async () => {
      for (const link of links) link.cut();
      await new Promise((done) => void listener.close(done));
    },
  };
  return proxy;
}

class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #faults: Faults;
  readonly #messages = createMessageReader();
  #fate: CommitFate = "pass";
  silent = false;

  constructor(client: Socket, server: Socket, faults: Faults) {
    [this.#client, this.#server, this.#faults] = [client, server, faults];
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
    }
    client.on("data", (bytes: Buffer) => this.#fromClient(bytes));
    server.on("data", (bytes: Buffer) => this.#fromServer(bytes));
    // A client that gives up lets the server know; a silent link lets no client know.
    client.on("close", () => server.destroy());
    server.on("close", () => void (this.silent || client.destroy()));
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #fromClient(bytes: Buffer): void {
    const commitAt = this.#messages.findCommit(bytes);
    if (commitAt === undefined || this.silent) return this.#carry(this.#server, bytes, this.#faults.delayMs);
    this.#fate = this.#faults.onCommit();
    this.#faults.met[this.#fate] += 1;
    if (this.#fate !== "cut-before") return this.#carry(this.#server, bytes, this.#faults.delayMs);
    // What was sent in one piece with it still arrives.
    this.#carry(this.#server, bytes.subarray(0, Math.max(0, commitAt)), this.#faults.delayMs);
    setTimeout(() => this.cut(), this.#faults.delayMs + 1);
  }

  #fromServer(bytes: Buffer): void {
    const hidden = this.#fate.endsWith("-after") && saysCommitted(bytes);
    if (!hidden) return this.#carry(this.#client, bytes, 0);
    if (this.#fate === "cut-after") this.cut();
    else this.silent = true;
  }

  #carry(to: Socket, bytes: Buffer, delayMs: number): void {
    const pass = () => void (this.silent || to.destroyed || to.write(bytes));
    if (delayMs > 0) setTimeout(pass, delayMs);
    else pass();
  }
}

/** Reads the frontend's messages (PostgreSQL 18, 54.7) as they arrive in pieces, and finds a COMMIT, sent as a simple or a parsed query. */
function createMessageReader() {
  let begun = false;
  let left = Buffer.alloc(0);
  return {
    /** Where in these bytes the message begins that commits; below 0: in the bytes before. */
    findCommit: (bytes: Buffer): number | undefined => {
      const before = left.length;
      left = Buffer.concat([left, bytes]);
      let at = 0;
      let found: number | undefined;
      for (;;) {
        // The first message has no type.
        const head = begun ? 1 : 0;
        if (left.length < at + head + 4) break;
        const length = left.readInt32BE(at + head) + head;
        if (left.length < at + length) break;
        if (begun && isCommit(left.subarray(at, at + length))) found = at - before;
        begun = true;
        at += length;
      }
      left = left.subarray(at);
      return found;
    },
  };
}

function isCommit(message: Buffer): boolean {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === "Q") return message.subarray(5).toString("latin1").startsWith("COMMIT");
  // Parse: the statement's name, then its text.
  return (
    type === "P" &&
    message
      .subarray(message.indexOf(0, 5) + 1)
      .toString("latin1")
      .startsWith("COMMIT\0")
  );
}

const committed = Buffer.from("COMMIT\0", "latin1");
const saysCommitted = (bytes: Buffer) => bytes.includes(committed);
