import { type RedisConnection, runScript } from "#platform/redis.ts";
import { type Block, blocksMax } from "./block-list.ts";
import { changeBlocksScript, readBlocksScript } from "./block-scripts.ts";
import { blockKeys } from "./redis-scripts.ts";

export type SharedBlocks = ReturnType<typeof createSharedBlocks>;

const everyMs = 1_000;

/**
 * Blocks in Redis, for all processes. Each keeps its own copy, since a request must not wait for Redis to be refused, and looks once a
 * second whether there is another version. What is changed while Redis is away is kept and told when it is back.
 */
export function createSharedBlocks(redis: Pick<RedisConnection, "ask" | "onBack">, now = () => performance.now()) {
  const blocks = new Map<string, Block>();
  let version = "";
  /** Changes that Redis does not know yet; undefined unblocks. */
  const untold = new Map<string, Block | undefined>();

  const tell = async () => {
    for (const [key, block] of untold) {
      const change = block ? [key, Math.ceil(Math.max(0, block.until - now()) * 1_000), block.blockedAt, block.reason] : [key, 0, 0, ""];
      const told = await redis.ask((client) => runScript(client, changeBlocksScript, blockKeys, [...change, blocksMax]));
      if (told === undefined) return;
      if (untold.get(key) === block) untold.delete(key);
    }
  };
  const change = async (key: string, block: Block | undefined) => {
    untold.delete(key);
    untold.set(key, block);
    await tell();
  };
  const read = async () => {
    const answer = await redis.ask((client) => runScript(client, readBlocksScript, blockKeys, [version]));
    if (answer === undefined || untold.size > 0) return;
    const [current, ...facts] = answer as [string, ...(string | number)[]];
    if (current === version) return;
    version = current;
    blocks.clear();
    for (let index = 0; index < facts.length; index += 4) {
      const [key, leftMicros, blockedAt, reason] = facts.slice(index, index + 4);
      blocks.set(String(key), { until: now() + Number(leftMicros) / 1_000, blockedAt: Number(blockedAt), reason: String(reason) });
    }
  };
  /** Tells what this process knows, and takes over what the others do. */
  const meet = async () => {
    await tell();
    await read();
  };
  redis.onBack(() => {
    // A Redis that began anew knows none of ours.
    for (const [key, block] of blocks) if (!untold.has(key)) untold.set(key, block);
    version = "";
    void meet();
  });
  const reading = setInterval(() => void meet(), everyMs).unref();

  return {
    /** The copy that is kept up to date, and that the process asks. */
    blocks,
    block: change,
    unblock: (key: string) => change(key, undefined),
    close: () => clearInterval(reading),
  };
}
