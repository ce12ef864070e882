import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { LogReceiver } from "./batching-sink.ts";
import type { LogEntry } from "./line-buffer.ts";
import type { Origin } from "./log-sinks.ts";

export interface DatadogSettings {
  apiKey: string;
  /** Where logs are taken in: `https://http-intake.logs.datadoghq.com`. */
  intakeUrl: string;
}

const compressed = promisify(gzip);

/** DataDog's HTTP intake (API v2, `POST /api/v2/logs`): up to 1,000 lines and 5 MB a request. */
export function createDatadogReceiver({ apiKey, intakeUrl }: DatadogSettings, origin: Origin): LogReceiver {
  const url = new URL("/api/v2/logs", intakeUrl);
  const tags = `env:${origin.environment},version:${origin.version}`;
  const facts = JSON.stringify({ ddsource: "nodejs", service: "warehouse-builder", hostname: origin.host, ddtags: tags }).slice(0, -1);
  // Our line is an object already: DataDog's own fields go before ours.
  const withFacts = ({ level, line }: LogEntry) =>
    `${facts},"status":"${level === "fatal" ? "critical" : level}",${line.trimEnd().slice(1)}`;
  return {
    name: "datadog",
    accepts: () => true,
    batchMax: 1_000,
    batchBytesMax: 2 * 1024 * 1024,
    async send(batch, signal) {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "DD-API-KEY": apiKey, "Content-Type": "application/json", "Content-Encoding": "gzip" },
        body: await compressed(`[${batch.map(withFacts).join(",")}]`, { level: 1 }),
        redirect: "error",
        signal,
      });
      await answer.body?.cancel();
      if (answer.ok) return 0;
      // What is wrong with these lines will not be right with them the next time.
      if (answer.status === 400 || answer.status === 413) return batch.length;
      throw new Error(`DataDog answered ${answer.status}`);
    },
  };
}
