/** A line of the log as it was written. */
export interface LogLine {
  level: string;
  message: string;
  timestamp: string;
  context: Record<string, string | undefined>;
  metadata?: Record<string, unknown>;
  duration?: number;
  error?: { name: string; message: string; code?: string; stack?: string };
}

/** Keeps every line of a log: `startTestServer("…", { log })`. */
export function keepLines() {
  const texts: string[] = [];
  return {
    write: (text: string) => void texts.push(text),
    /** As they were written, line breaks and all. */
    texts,
    lines: () => texts.map((text) => JSON.parse(text) as LogLine),
    forget: () => void texts.splice(0),
  };
}
