import type { ClientAddress } from "./client-address.ts";

/** What the server knows of a request besides the request itself. */
export interface Peer {
  /** The socket's other end: a client, or a proxy. */
  remoteAddress: string | undefined;
  params: Record<string, string>;
}

export type Handle = (request: Request, peer: Peer) => Promise<Response>;

/** One request on its way: what is known of it so far, and the headers its answer will have. */
export interface Exchange {
  request: Request;
  client: ClientAddress;
  params: Record<string, string>;
  requestId: string;
  headers: Record<string, string>;
}
