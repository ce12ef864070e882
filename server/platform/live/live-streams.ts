import { AppError } from "#platform/errors.ts";
import { OverloadError } from "#platform/http/overload.ts";
import type { Logger } from "#platform/logger.ts";
import type { Change } from "./change.ts";
import {
  farewell,
  greeting,
  hear,
  hearOfAll,
  isDue,
  type LiveStream,
  type LiveTimes,
  renewRights,
  send,
  tell,
  type Watcher,
} from "./live-stream.ts";

export interface LiveStreamsOptions {
  /** Who stands behind each token now, with their rights; undefined for a session that has ended. */
  findWatchers: (tokenHashes: readonly Buffer[]) => Promise<(Watcher | undefined)[]>;
  /** Told whenever someone begins to watch. */
  onOpen: () => void;
  log: Logger;
  times?: Partial<LiveTimes>;
  limits?: Partial<typeof defaultLimits>;
}

const defaultTimes: LiveTimes = { heartbeatMs: 20_000, restMs: 1_000, rightsMs: 5_000, unknownMs: 60_000 };
const defaultLimits = { perUser: 20, perTenant: 1_000, inAll: 2_000 };
/** More than so many messages are not kept for a client who does not read. */
const messagesAhead = 16;

/**
 * The open streams of this process. Each tells what may be new of what its watcher may see, together at most once a second; rights are
 * looked up again before that, and at once when sessions or rights changed. Whoever's session is over is told so, and the stream ends.
 */
export function createLiveStreams({ onOpen, ...options }: LiveStreamsOptions) {
  const limits = { ...defaultLimits, ...options.limits };
  const streams = new Set<LiveStream>();
  const end = (stream: LiveStream, lastWords?: string) => {
    if (!streams.delete(stream)) return;
    if (lastWords) send(stream, lastWords);
    stream.controller.close();
  };
  const rounds = createRounds(streams, end, options);
  let closed = false;

  const requireRoom = ({ tenantId, userId }: Watcher) => {
    if (closed || streams.size >= limits.inAll) throw new OverloadError();
    const ofTenant = [...streams].filter((other) => other.tenantId === tenantId);
    if (ofTenant.length >= limits.perTenant) throw tooMany();
    if (ofTenant.filter((other) => other.userId === userId).length >= limits.perUser) throw tooMany();
  };

  return {
    /** A new stream of server-sent events. Throws `429 TOO_MANY_STREAMS` of one person or company, `503` of the process or at its end. */
    open: ({ tenantId, userId, role, siteIds }: Watcher, tokenHash: Buffer): ReadableStream<Uint8Array<ArrayBuffer>> => {
      requireRoom({ tenantId, userId, role, siteIds });
      onOpen();
      const now = performance.now();
      const made = { tenantId, userId, role, siteIds, tokenHash, pending: new Set<never>(), sentAt: now, checkedAt: now };
      let stream: LiveStream | undefined;
      const start = (controller: LiveStream["controller"]) => {
        stream = { ...made, controller };
        streams.add(stream);
        send(stream, greeting());
        rounds.begin();
      };
      return new ReadableStream({ start, cancel: () => void (stream && streams.delete(stream)) }, { highWaterMark: messagesAhead });
    },
    hear: (change: Change & { tenantId: string }): void => {
      for (const stream of streams) if (stream.tenantId === change.tenantId) hear(stream, change);
    },
    hearOfAll: (): void => streams.forEach(hearOfAll),
    /** Ends all, so that each watcher goes to a process that stays. */
    close: (): void => {
      closed = true;
      for (const stream of streams) end(stream);
    },
    count: (): number => streams.size,
  };
}
export type LiveStreams = ReturnType<typeof createLiveStreams>;

const tooMany = () =>
  new AppError("Too many windows wait for changes: close some", { statusCode: 429, code: "TOO_MANY_STREAMS", retryAfterSeconds: 30 });

/** Goes round, as long as there are streams, to look up rights, by one query for all, and to tell what is to be told. */
function createRounds(
  streams: ReadonlySet<LiveStream>,
  end: (stream: LiveStream, lastWords?: string) => void,
  { findWatchers, log, times: given }: Pick<LiveStreamsOptions, "findWatchers" | "log" | "times">,
) {
  const times = { ...defaultTimes, ...given };
  let next: NodeJS.Timeout | undefined;

  const lookUp = async (some: readonly LiveStream[]) => {
    if (some.length === 0) return;
    try {
      const found = await findWatchers(some.map(({ tokenHash }) => tokenHash));
      for (const [index, stream] of some.entries()) {
        const watcher = found[index];
        if (watcher) renewRights(stream, watcher);
        else end(stream, farewell);
      }
    } catch (error) {
      log.warn("Who watches could not be looked up", { reason: String(error) });
      for (const stream of some) if (performance.now() - stream.checkedAt > times.unknownMs) end(stream);
    }
  };
  const goRound = async () => {
    const now = performance.now();
    const due = [...streams].filter((stream) => isDue(stream, now, times));
    await lookUp(due.filter(({ checkedAt }) => now - checkedAt > times.rightsMs));
    for (const stream of due) if (streams.has(stream)) tell(stream, times);
  };
  const begin = (): void => {
    next ??= setTimeout(() => {
      void goRound().finally(() => {
        next = undefined;
        if (streams.size > 0) begin();
      });
    }, times.restMs / 4).unref();
  };
  return { begin };
}
