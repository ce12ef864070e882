import { AppError } from "#platform/errors.ts";
import type { Severity } from "#platform/logger.ts";
import type { Services } from "#platform/services.ts";

type Told = readonly [message: string, severity: Severity];

const refusals: Readonly<Record<string, Told>> = {
  CROSS_SITE_REQUEST: ["A change that another site's page asked for was refused", "medium"],
  RATE_LIMITED: ["A limit was reached", "low"],
  ADDRESS_BLOCKED: ["A blocked address was refused", "low"],
};

/** Tells the log of a refusal that someone may have been out to bring about (ASVS 16.3.3). */
export function tellRefusal({ log, sessions }: Pick<Services, "log" | "sessions">, error: unknown, request: Request): void {
  if (!(error instanceof AppError)) return;
  const told = refusals[error.code] ?? attemptOf(error, request, sessions);
  if (told) log.logSecurityEvent(...told, { code: error.code, method: request.method, path: new URL(request.url).pathname });
}

function attemptOf(error: AppError, request: Request, sessions: Services["sessions"]): Told | undefined {
  const cookie = request.headers.get("cookie");
  if (error.code === "UNAUTHENTICATED" && isForged(cookie, sessions)) return ["A session that we never gave out was refused", "medium"];
  if (error.message.startsWith("Invalid search query")) return ["A search that looks like an injection was refused", "medium"];
  if (/^The key \S+ is not allowed$/.test(error.message)) return ["A body that reaches for prototypes was refused", "medium"];
  return undefined;
}

const isForged = (cookie: string | null, sessions: Services["sessions"]) =>
  cookie !== null && cookie.split(";").some((part) => part.trim().startsWith(`${sessions.name}=`)) && sessions.read(cookie) === undefined;
