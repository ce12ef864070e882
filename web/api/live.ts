import type { LiveChange, LiveTopic } from "#contract/live.ts";

interface Listener {
  onChanged: (topics: readonly LiveTopic[]) => void;
  /** What was loaded before may be old: nobody listened till now. */
  onGap: () => void;
  /** The session is over. */
  onEnded: () => void;
}

const comeBackMs = 5_000;

/** Listens for what others change, for as long as the page is seen: a browser has few connections for all its tabs. Answers what ends it. */
export function listenForChanges({ onChanged, onGap, onEnded }: Listener): () => void {
  let source: EventSource | undefined;
  let waiting: number | undefined;

  const stop = () => {
    window.clearTimeout(waiting);
    source?.close();
    source = undefined;
  };
  const start = () => {
    stop();
    if (document.visibilityState === "hidden") return;
    source = new EventSource("/api/v1/live");
    source.addEventListener("ready", () => {
      onGap();
    });
    source.addEventListener("changed", ({ data }: MessageEvent<string>) => onChanged((JSON.parse(data) as LiveChange).topics));
    source.addEventListener("ended", () => {
      stop();
      onEnded();
    });
    // After a lost connection the browser comes back by itself; after a refusal it does not.
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) waiting = window.setTimeout(start, comeBackMs * (1 + Math.random()));
    });
  };
  start();
  document.addEventListener("visibilitychange", start);
  return () => {
    document.removeEventListener("visibilitychange", start);
    stop();
  };
}
