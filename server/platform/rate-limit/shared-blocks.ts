import { type RedisConnection, runScript } from "#platform/redis.ts";
import type { Block } from "./block-list.ts";
import { readBlocksScript } from "./block-scripts.ts";
import { blockKeys } from "./redis-scripts.ts";
import { createUntoldBlocks } from "./untold-blocks.ts";

export type SharedBlocks = ReturnType<typeof createSharedBlocks>;

const everyMs = 1_000;

/**
 * Blocks in Redis, for all processes. Each keeps its own copy, since a request must not wait for Redis to be refused, and looks once a
 * second whether there is another version. What is changed while Redis is away is kept and told when it is back.
 */
export function createSharedBlocks(redis: Pick<RedisConnection, "ask" | "onBack">, now = () => performance.now()) {
  const blocks = new Map<string, Block>();
  /** Which one the copy is of, and the latest that Redis told of. */
  let version = "";
  let latest = "";
  const untold = createUntoldBlocks(redis, now, (told) => {
    if (follows(told, latest)) latest = told;
  });

  const read = async () => {
    const answer = await redis.ask((client) => runScript(client, readBlocksScript, blockKeys, [version]));
    if (answer === undefined || !untold.isEmpty()) return;
    const [current, ...facts] = answer as [string, ...(string | number)[]];
    if (!follows(current, latest)) {
      // A Redis that began anew, or from an older copy, does not know what we do.
      [version, latest] = ["", ""];
      for (const [key, block] of blocks) untold.note(key, { block, staysIfBlocked: true });
      return await meet();
    }
    if (current === version) return;
    [version, latest] = [current, current];
    blocks.clear();
    for (let index = 0; index < facts.length; index += 4) {
      const [key, leftMicros, blockedAt, reason] = facts.slice(index, index + 4);
      blocks.set(String(key), { until: now() + Number(leftMicros) / 1_000, blockedAt: Number(blockedAt), reason: String(reason) });
    }
  };
  /** Tells what this process knows, and takes over what the others do. */
  const meet = async (): Promise<void> => {
    await untold.tell();
    await read();
  };
  redis.onBack(() => void meet());
  const reading = setInterval(() => void meet(), everyMs).unref();

  return {
    /** The copy that is kept up to date, and that the process asks. */
    blocks,
    /** Where `staysIfBlocked`, a block that another process made meanwhile stays as it is. */
    block: async (key: string, block: Block, staysIfBlocked: boolean): Promise<void> => {
      untold.note(key, { block, staysIfBlocked });
      await untold.tell();
    },
    unblock: async (key: string): Promise<void> => {
      untold.note(key, { block: undefined, staysIfBlocked: false });
      await untold.tell();
    },
    close: () => clearInterval(reading),
  };
}

/** Whether one version is the same list as another, no earlier than it. */
function follows(version: string, earlier: string): boolean {
  if (earlier === "") return true;
  const [[began, count], [beganThen, countThen]] = [version.split(" "), earlier.split(" ")];
  return began === beganThen && Number(count) >= Number(countThen);
}
