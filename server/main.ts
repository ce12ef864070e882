import { createMailTasks } from "#features/identity/mail-tasks.ts";
import { startJobWorker } from "#platform/jobs.ts";
import { createLogger } from "#platform/logger.ts";
import { ConfigError, loadConfig } from "./config.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { listen } from "./listen.ts";
import { createServices } from "./services.ts";

const config = readConfig();
const log = createLogger({ level: config.log.level, pretty: process.stdout.isTTY });
const { services, close } = createServices(config, log);

const server = await listen(config, services).catch((error: unknown) => {
  log.fatal(`Cannot listen on ${config.host}:${config.port}: choose another PORT or stop what uses it`, error);
  process.exit(1);
});
log.info(`Listening on http://${config.host}:${server.port}`);

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
