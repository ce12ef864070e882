import { createMailTasks } from "#features/identity/mail-tasks.ts";
import { startJobWorker } from "#platform/jobs.ts";
import { createLogger } from "#platform/logger.ts";
import { createLogSinks } from "#platform/log-sinks/log-sinks.ts";
import { ConfigError, loadConfig } from "./config.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { listen } from "./listen.ts";
import { createServices } from "./services.ts";

// What the sinks of the log have not taken by then is lost to them.
const logSinksPatienceMs = 3_000;

const config = readConfig();
const logSinks = createLogSinks(config.log.sinks, config);
const log = createLogger({ level: config.log.level, pretty: process.stdout.isTTY, sinks: logSinks.sinks });
const { services, close } = createServices(config, log, { logSinks });

const server = await listen(config, services).catch((error: unknown) => {
  log.fatal(`Cannot listen on ${config.host}:${config.port}: choose another PORT or stop what uses it`, error);
  return logSinks.close(logSinksPatienceMs).then(() => process.exit(1));
});
log.info(`Listening on http://${config.host}:${server.port}`);
log.logPerformance("start", Math.round(process.uptime() * 1_000), "ms");

const worker = startJobWorker({ ownerUrl: config.database.ownerUrl, tasks: createMailTasks(services), log });
const stopHousekeeping = startHousekeeping(services);

let stopping = false;
async function stop(exitCode: number): Promise<void> {
  // Asked a second time: at once.
  if (stopping) process.exit(1);
  stopping = true;
  stopHousekeeping();
  await Promise.all([server.drain(), worker.stop()]);
  await close();
  await logSinks.close(logSinksPatienceMs);
  process.exit(exitCode);
}
process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));
process.on("uncaughtException", (error) => {
  log.fatal("An error that nothing caught", error);
  void stop(1);
});
process.on("unhandledRejection", (error) => {
  log.fatal("A rejection that nothing handled", error);
  void stop(1);
});

function readConfig() {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) console.error(problem);
    return process.exit(1);
  }
}
