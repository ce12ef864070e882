import { createCountingTasks } from "#features/counting/tasks.ts";
import { createMailTasks } from "#features/identity/mail-tasks.ts";
import { createPurchasingTasks } from "#features/purchasing/order-mail.ts";
import { createHourlyTask } from "#platform/hourly-jobs.ts";
import type { ScheduledTask, Tasks } from "#platform/jobs.ts";
import type { Services } from "#platform/services.ts";

/** Everything that the job worker knows how to do. */
export const createTasks = (services: Services): Tasks => ({
  ...createMailTasks(services),
  ...createPurchasingTasks(services),
  ...createCountingTasks(services),
  "begin-hourly": createHourlyTask(services, [{ task: "compute-abc-classes", hour: 4 }]),
});

/** What is begun by the clock. */
export const schedule: readonly ScheduledTask[] = [{ task: "begin-hourly", match: "0 * * * *", lateMs: 6 * 3_600_000 }];
