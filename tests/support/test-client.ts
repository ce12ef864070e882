import type { z } from "zod";
import { ErrorBody } from "#contract/errors.ts";

/** What the server answered. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Undefined when the body is not JSON. */
  json: unknown;
  /** The error of a refusal, checked against the contract; throws for a success. */
  readonly error: ErrorBody["error"];
  /** The body by its schema; throws, with what came instead, for a refusal. */
  read<T extends z.ZodType>(schema: T): z.output<T>;
}

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** Speaks HTTP to the server under test, with a cookie or without. Paths are below `/api/v1`. */
export class TestClient {
  readonly baseUrl: string;
  readonly cookie: string | undefined;

  constructor(baseUrl: string, cookie?: string) {
    this.baseUrl = baseUrl;
    this.cookie = cookie;
  }

  get = (path: string, headers?: Record<string, string>) => this.call("GET", path, undefined, headers);
  post = (path: string, body: unknown = {}, headers?: Record<string, string>) => this.call("POST", path, body, headers);
  patch = (path: string, body: unknown, headers?: Record<string, string>) => this.call("PATCH", path, body, headers);
  put = (path: string, body: unknown, headers?: Record<string, string>) => this.call("PUT", path, body, headers);
  delete = (path: string, headers?: Record<string, string>) => this.call("DELETE", path, undefined, headers);

  async call(method: Method, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return answerOf(`${method} ${path}`, response.status, response.headers, await textOf(response));
  }
}

/** Of a stream that goes on, nothing is waited for. */
async function textOf(response: Response): Promise<string> {
  if (response.headers.get("content-type") !== "text/event-stream") return await response.text();
  await response.body?.cancel();
  return "";
}

function answerOf(request: string, status: number, headers: Headers, text: string): Answer {
  const json = parsed(text);
  return {
    status,
    headers,
    text,
    json,
    get error() {
      if (status < 400) throw new Error(`${request} was expected to be refused, and answered ${status}: ${text.slice(0, 500)}`);
      return ErrorBody.parse(json).error;
    },
    read: (schema) => {
      if (status >= 300) throw new Error(`${request} answered ${status}: ${text.slice(0, 500)}`);
      return schema.parse(json);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An error's answer without what differs from request to request: equal for what must not be told apart. */
export const indistinguishable = (answer: Answer): string => answer.text.replaceAll(/"(timestamp|path|requestId)":"[^"]*"/g, '"$1":"…"');

/** `{ path: message }` of a `400`. */
export const faultsOf = (answer: Answer): Record<string, string> => {
  const errors = (answer.error.details?.["errors"] ?? []) as { path: string; message: string }[];
  return Object.fromEntries(errors.map(({ path, message }) => [path, message]));
};
