import type { ErrorBody, FieldError } from "#contract/errors.ts";
import { messages } from "#web/messages.ts";

/** A refusal or failure, as the server tells it; `status` 0 when no answer came at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(facts: {
    status: number;
    code: string;
    message: string;
    details?: Record<string, unknown> | undefined;
    requestId?: string | null;
    retryAfterSeconds?: number | null;
  }) {
    super(facts.message);
    this.name = "ApiError";
    this.status = facts.status;
    this.code = facts.code;
    this.details = facts.details ?? {};
    this.requestId = facts.requestId ?? null;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
  }

  get fieldErrors(): FieldError[] {
    const errors = this.details.errors;
    return Array.isArray(errors) ? (errors as FieldError[]) : [];
  }
}

type QueryValue = string | number | boolean | null | undefined;
export type Query = Record<string, QueryValue>;

type Call = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Query | undefined;
  body?: unknown;
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
};

const timeoutMs = 20_000;
const retryDelaysMs = [400, 1_500];

/** `path` is below `/api/v1`; the answer is of the contract, which the server holds itself to. */
export const get = <Answer>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer> =>
  call({ method: "GET", path, query, signal });

export const patch = <Answer>(path: string, body: unknown): Promise<Answer> => call({ method: "PATCH", path, body });

export const put = <Answer>(path: string, body: unknown): Promise<Answer> => call({ method: "PUT", path, body });

export const del = <Answer>(path: string): Promise<Answer> => call({ method: "DELETE", path });

export const post = <Answer>(
  path: string,
  body?: unknown,
  options: { query?: Query; idempotencyKey?: string; signal?: AbortSignal } = {},
): Promise<Answer> => call({ method: "POST", path, body, ...options });

/** With a key, a request whose answer was lost may be sent again: the server does it once. */
async function call<Answer>(request: Call): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send<Answer>(request);
    } catch (error) {
      const delayMs = retryDelaysMs[attempt];
      if (delayMs === undefined || !request.idempotencyKey || !(error instanceof ApiError) || !isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min((error.retryAfterSeconds ?? 0) * 1_000 || delayMs, 5_000)));
    }
  }
}

const isPassing = (error: ApiError) =>
  error.status === 0 || error.status === 503 || (error.status === 409 && error.retryAfterSeconds !== null);

async function send<Answer>({ method, path, query, body, idempotencyKey, signal }: Call): Promise<Answer> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}${queryText(query)}`, {
      method,
      headers,
      credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError({ status: 0, code: "NO_ANSWER", message: messages.error.network });
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Answer;
  throw await refusal(response);
}

async function refusal(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const facts = {
    status: response.status,
    requestId: response.headers.get("x-request-id"),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  };
  const answer = (await response.json().catch(() => null)) as Partial<ErrorBody> | null;
  const told = answer?.error;
  if (!told) return new ApiError({ ...facts, code: "UNKNOWN", message: `The server answered ${response.status}.` });
  return new ApiError({ ...facts, code: told.code, message: told.message, details: told.details, requestId: told.requestId });
}

export function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}
