import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { LogReceiver } from "./batching-sink.ts";
import type { Origin } from "./log-sinks.ts";

export interface CloudwatchSettings {
  logGroup: string;
  region: string;
  /** Instead of the region's own. */
  endpoint?: string | undefined;
}

// PutLogEvents counts so many bytes more for each line.
const bytesPerEvent = 26;

/**
 * CloudWatch Logs: one stream for each process, in a group that is there already. Credentials come from where the AWS SDK looks for
 * them. The SDK is loaded with the first lines.
 */
export function createCloudwatchReceiver({ logGroup, region, endpoint }: CloudwatchSettings, origin: Origin): LogReceiver {
  // The characters that a stream's name must not have.
  const stream = `${origin.host}/${process.pid}/${new Date().toISOString()}`.replaceAll(/[:*]/g, "-");
  let connected: Promise<CloudWatchLogsClient> | undefined;
  const connect = async () => {
    const { CloudWatchLogsClient: Client } = await import("@aws-sdk/client-cloudwatch-logs");
    // Whether it is tried again is decided in one place, which is not here.
    return new Client({ region, maxAttempts: 1, ...(endpoint === undefined ? {} : { endpoint }) });
  };
  let streamMade = false;
  const makeStream = async (client: CloudWatchLogsClient, abortSignal: AbortSignal) => {
    const { CreateLogStreamCommand, ResourceAlreadyExistsException } = await import("@aws-sdk/client-cloudwatch-logs");
    await client
      .send(new CreateLogStreamCommand({ logGroupName: logGroup, logStreamName: stream }), { abortSignal })
      .catch((error: unknown) => {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error;
      });
    streamMade = true;
  };

  return {
    name: "cloudwatch",
    accepts: () => true,
    batchMax: 10_000,
    // A MiB, less what so many lines are counted besides.
    batchBytesMax: 1024 * 1024 - 10_000 * bytesPerEvent,
    async send(batch, abortSignal) {
      const client = await (connected ??= connect());
      const { PutLogEventsCommand, ResourceNotFoundException } = await import("@aws-sdk/client-cloudwatch-logs");
      if (!streamMade) await makeStream(client, abortSignal);
      const logEvents = batch
        .map(({ at, line }) => ({ timestamp: at, message: shortened(line.trimEnd()) }))
        .toSorted((a, b) => a.timestamp - b.timestamp);
      try {
        const { rejectedLogEventsInfo: rejected } = await client.send(
          new PutLogEventsCommand({ logGroupName: logGroup, logStreamName: stream, logEvents }),
          { abortSignal },
        );
        const tooOld = Math.max(rejected?.tooOldLogEventEndIndex ?? 0, rejected?.expiredLogEventEndIndex ?? 0);
        return tooOld + (rejected?.tooNewLogEventStartIndex === undefined ? 0 : batch.length - rejected.tooNewLogEventStartIndex);
      } catch (error) {
        // Someone deleted the stream: the next try makes it anew.
        if (error instanceof ResourceNotFoundException) streamMade = false;
        throw error;
      }
    },
  };
}

const eventBytesMax = 256 * 1024 - bytesPerEvent;
const shortened = (line: string) => (Buffer.byteLength(line) <= eventBytesMax ? line : line.slice(0, eventBytesMax / 4));
