import { createLogger } from "#platform/logger.ts";
import { loadConfig } from "#server/config.ts";
import { createApp } from "#server/app.ts";
import { createServices } from "#server/services.ts";

export interface CapturedStatement {
  text: string;
  values: readonly unknown[];
}

export interface Capture {
  /** What the product sends for one request, in its order, and what it answers. Throws when it refuses. */
  capture: (request: Request) => Promise<{ statements: CapturedStatement[]; answer: unknown }>;
  close: () => Promise<void>;
}

/** The product, its routes called without a network. */
export function openCapture(env: Record<string, string>): Capture {
  let captured: CapturedStatement[] = [];
  const { services, close } = createServices(loadConfig(env), createLogger({ level: "silent" }), {
    observe: (text, _, values) => void captured.push({ text, values }),
  });
  const app = createApp(services, "no-web-root");
  return {
    async capture(request) {
      captured = [];
      const response = await app.request(request, undefined, { incoming: { socket: { remoteAddress: "127.0.0.1" } } });
      if (!response.ok) throw new Error(`${request.url} was refused: ${await response.text()}`);
      const isJson = response.headers.get("content-type") === "application/json";
      return { statements: captured, answer: await (isJson ? response.json() : response.blob()) };
    },
    close,
  };
}

/** The statements that the product sends for one request, in their order: the baselines run these and no others. */
export async function captureStatements(env: Record<string, string>, request: Request): Promise<CapturedStatement[]> {
  const { capture, close } = openCapture(env);
  try {
    return (await capture(request)).statements;
  } finally {
    await close();
  }
}
