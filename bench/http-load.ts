import { connect } from "node:net";
import { text } from "node:stream/consumers";

// A load generator that costs little itself: raw sockets, requests made in advance. Run as a process of its own:
// it reads { host, port, connections, seconds, requests } from standard input and prints { requests, failures, seconds, … }.

interface Load {
  port: number;
  connections: number;
  seconds: number;
  /** Whole HTTP/1.1 requests; `{key}` becomes a fresh Idempotency-Key. */
  requests: string[];
}

export interface LoadResult {
  completed: number;
  failed: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const load = JSON.parse(await text(process.stdin)) as Load;
const durations: number[] = [];
let failed = 0;
let sequence = 0;
const startedAt = performance.now();
const endsAt = startedAt + load.seconds * 1_000;
await Promise.all(Array.from({ length: load.connections }, () => drive()));
const seconds = (performance.now() - startedAt) / 1_000;
durations.sort((one, other) => one - other);
const at = (share: number) => Math.round((durations[Math.floor(durations.length * share)] ?? 0) * 10) / 10;
const result: LoadResult = { completed: durations.length, failed, perSecond: durations.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
process.stdout.write(JSON.stringify(result));

/** One connection, one request at a time, until the time is over. */
function drive(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(load.port, "127.0.0.1");
    socket.setNoDelay(true);
    let received = "";
    let sentAt = 0;
    const send = () => {
      if (performance.now() >= endsAt) {
        socket.end(resolve);
        return;
      }
      const request = load.requests[sequence % load.requests.length] ?? "";
      sentAt = performance.now();
      socket.write(request.replace("{key}", `bench-${process.pid}-${sequence++}`));
    };
    socket.on("connect", send);
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (!isComplete(received)) return;
      durations.push(performance.now() - sentAt);
      if (!/^HTTP\/1\.1 20[01]/.test(received)) failed += 1;
      received = "";
      send();
    });
    socket.on("close", () => resolve());
  });
}

function isComplete(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end + 2));
  return length ? answer.length >= end + 4 + Number(length[1]) : answer.endsWith("0\r\n\r\n");
}
