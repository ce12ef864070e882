import { createAlertTasks } from "#features/alerts/tasks.ts";
import { createCountingTasks } from "#features/counting/tasks.ts";
import { createMailTasks } from "#features/identity/mail-tasks.ts";
import { createPurchasingTasks } from "#features/purchasing/order-mail.ts";
import { createClockTask } from "#platform/clock-jobs.ts";
import type { ScheduledTask, Tasks } from "#platform/jobs.ts";
import type { Services } from "#platform/services.ts";

/** Everything that the job worker knows how to do. */
export const createTasks = (services: Services): Tasks => ({
  ...createMailTasks(services),
  ...createPurchasingTasks(services),
  ...createCountingTasks(services),
  ...createAlertTasks(services),
  "begin-hourly": createClockTask(services, [
    { task: "compute-abc-classes", hour: 4 },
    { task: "plan-counts", hour: 5 },
    { task: "send-alert-digests", hour: 6 },
  ]),
  "begin-often": createClockTask(services, [{ task: "find-alerts" }]),
});

const minuteMs = 60_000;
/** What is begun by the clock. Alerts that only time brings, such as a date that passed, are found within a quarter of an hour. */
export const schedule: readonly ScheduledTask[] = [
  { task: "begin-hourly", match: "0 * * * *", lateMs: 360 * minuteMs },
  { task: "begin-often", match: "*/15 * * * *", lateMs: 15 * minuteMs },
];
