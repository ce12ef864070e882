import { createLogger } from "#platform/logger.ts";
import { loadConfig } from "#server/config.ts";
import { createApp } from "#server/app.ts";
import { createServices } from "#server/services.ts";

export interface CapturedStatement {
  text: string;
  values: readonly unknown[];
}

/** The statements that the product sends for one request, in their order: the baselines run these and no others. */
export async function captureStatements(env: Record<string, string>, request: Request): Promise<CapturedStatement[]> {
  const captured: CapturedStatement[] = [];
  let capturing = false;
  const log = createLogger({ level: "silent" });
  const { services, close } = createServices(loadConfig(env), log, {
    observe: (text, _, values) => void (capturing && captured.push({ text, values })),
  });
  try {
    const app = createApp(services, "no-web-root");
    capturing = true;
    const response = await app.request(request, undefined, { incoming: { socket: { remoteAddress: "127.0.0.1" } } });
    if (!response.ok) throw new Error(`The request to capture was refused: ${await response.text()}`);
    return captured;
  } finally {
    await close();
  }
}
