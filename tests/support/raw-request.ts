import { request } from "node:http";
import { text } from "node:stream/consumers";

export interface RawRequest {
  method?: string;
  /** As it goes over the wire: nothing is resolved, encoded or decoded. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer | undefined;
  /** Leaves after the head, as from a client that never sends the body it announced. */
  announcedOnly?: true;
}

/** What `fetch` would not send: any method, any path, any header. */
export function rawRequest(
  baseUrl: string,
  { method = "GET", path, headers = {}, body, announcedOnly }: RawRequest,
): Promise<{ status: number; headers: Headers; text: string }> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const told = Object.entries(response.headers).flatMap(([name, value]) =>
        [value ?? []].flat().map((one): [string, string] => [name, one]),
      );
      const resolveWith = (answer: string) => resolve({ status: response.statusCode ?? 0, headers: new Headers(told), text: answer });
      // Of a stream that goes on, nothing is waited for.
      if (response.headers["content-type"] === "text/event-stream" && method !== "HEAD") {
        resolveWith("");
        response.destroy();
      } else text(response).then(resolveWith, reject);
    });
    sent.on("error", reject);
    if (announcedOnly) sent.flushHeaders();
    else sent.end(body);
  });
}
