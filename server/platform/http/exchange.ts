/** What the server knows of a request besides the request itself. */
export interface Peer {
  ipAddress: string;
  params: Record<string, string>;
}

export type Handle = (request: Request, peer: Peer) => Promise<Response>;

/** One request on its way: what is known of it so far, and the headers its answer will have. */
export interface Exchange {
  request: Request;
  peer: Peer;
  requestId: string;
  headers: Record<string, string>;
}
