import { ValidationError } from "#platform/errors.ts";
import type { Services } from "#platform/services.ts";
import { validate } from "#platform/validation.ts";
import { cleanText } from "./clean-text.ts";
import { versionsOfTags } from "./etag.ts";
import type { Exchange } from "./exchange.ts";
import { bodyBytesMax, readJsonBody, requirePlainText, tooLarge, unsupported } from "./request-body.ts";
import type { AnyRoute, Input } from "./route.ts";

/** An exchange with the parameters of its address. */
export type Asked = Exchange & { params: Readonly<Record<string, string>> };

/** Everything a handler is given from the request, each part checked by the route's schema for it. */
export async function readInput(route: AnyRoute, services: Services, exchange: Asked): Promise<Input<undefined, undefined, undefined>> {
  const { request, client, params: given, requestId } = exchange;
  const params = route.params ? validate(route.params, given) : undefined;
  const query = readQuery(route, request);
  const body = await readBody(route, request);
  return {
    // The schemas are the route's own; its handler's type was derived from them when it was declared.
    params: params as undefined,
    query: query as undefined,
    body: body as undefined,
    ifMatch: versionsOfTags(request.headers.get("if-match")),
    services,
    request: { raw: request, id: requestId, ipAddress: client.ip, isInsider: client.insider, userAgent: request.headers.get("user-agent") },
  };
}

function readQuery(route: AnyRoute, request: Request): unknown {
  const start = request.url.indexOf("?");
  const given = Object.create(null) as Record<string, string>;
  if (start >= 0) {
    for (const [name, value] of new URLSearchParams(request.url.slice(start + 1))) {
      if (Object.hasOwn(given, name)) throw new ValidationError([{ path: name, message: "Is there twice" }]);
      given[name] = cleanText(value, name);
    }
  }
  if (route.query) return validate(route.query, given);
  const [unknown] = Object.keys(given);
  if (unknown !== undefined) throw new ValidationError([{ path: unknown, message: "Unknown parameter" }]);
  return undefined;
}

async function readBody(route: AnyRoute, request: Request): Promise<unknown> {
  if (route.acceptsFile) requireFile(route.acceptsFile, request);
  if (!route.body) return undefined;
  const body = await readJsonBody(request, route.maxBodyBytes ?? bodyBytesMax);
  // A command that needs no field may come without a body.
  return validate(route.body, body === undefined ? {} : body);
}

function requireFile({ types, maxBytes }: NonNullable<AnyRoute["acceptsFile"]>, request: Request): void {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!types.includes(type)) throw unsupported(`Send one of: ${types.join(", ")}`);
  requirePlainText(request.headers);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
}
