import { flushCompileCache } from "node:module";
import { startJobWorker } from "#platform/jobs.ts";
import { createLogger } from "#platform/logger.ts";
import { createLogSinks } from "#platform/log-sinks/log-sinks.ts";
import { withTimeout } from "#platform/resilience/timeout.ts";
import { ConfigError, loadConfig } from "./config.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { listen } from "./listen.ts";
import { createServices } from "./services.ts";
import { createTasks, schedule } from "./tasks.ts";

// What the sinks of the log have not taken by then is lost to them.
const logSinksPatienceMs = 3_000;
// The same of a connection that its borrower does not give back.
const closingMs = 5_000;

const config = readConfig();
const logSinks = createLogSinks(config.log.sinks, config);
const log = createLogger({ level: config.log.level, pretty: process.stdout.isTTY, sinks: logSinks.sinks });
const { services, close } = createServices(config, log, { logSinks });

const server = await listen(config, services).catch((error: unknown) => {
  log.fatal(`Cannot listen on ${config.host}:${config.port}: choose another PORT or stop what uses it`, error);
  return logSinks.close(logSinksPatienceMs).then(() => process.exit(1));
});
log.info(`Listening on http://${config.host}:${server.port}`);
// Written now, so that a start after a crash is as quick as one after an orderly end.
flushCompileCache();
log.logPerformance("start", Math.round(process.uptime() * 1_000), "ms");

const worker = startJobWorker({ ownerUrl: config.database.ownerUrl, tasks: createTasks(services), schedule, log });
const stopHousekeeping = startHousekeeping(services);

let stopping: Promise<void> | undefined;
let exitCode = 0;
const stop = () => void (stopping ??= drainAndClose().finally(() => process.exit(exitCode)));
async function drainAndClose(): Promise<void> {
  stopHousekeeping();
  try {
    await Promise.all([server.drain(), worker.stop()]);
    await withTimeout(close, closingMs, `Not everything was given back within ${closingMs} ms`);
  } catch (error) {
    log.error("The end was not as it should be", error);
  }
  await logSinks.close(logSinksPatienceMs);
}
let signals = 0;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    // Asked a second time: at once.
    if (++signals > 1) process.exit(1);
    stop();
  });
}
// Faults come in swarms: the second one must not cut off those whom the first one lets finish.
const fail = (message: string) => (error: unknown) => {
  log.fatal(message, error);
  exitCode = 1;
  stop();
};
process.on("uncaughtException", fail("An error that nothing caught"));
process.on("unhandledRejection", fail("A rejection that nothing handled"));

function readConfig() {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) console.error(problem);
    return process.exit(1);
  }
}
