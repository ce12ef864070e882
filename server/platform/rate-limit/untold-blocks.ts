import { type RedisConnection, runScript } from "#platform/redis.ts";
import { type Block, blocksMax } from "./block-list.ts";
import { changeBlocksScript } from "./block-scripts.ts";
import { blockKeys } from "./redis-scripts.ts";

/** Told in one command: so many take a millisecond or two. */
const toldAtOnce = 200;

/** What Redis is to be told of an address: a block, or its end; where `staysIfBlocked`, a block that is there stays as it is. */
interface Change {
  block: Block | undefined;
  staysIfBlocked: boolean;
}

/** Changes of the blocks that Redis does not know yet: no more than there may be blocks, the latest of each address. */
export function createUntoldBlocks(redis: Pick<RedisConnection, "ask">, now: () => number, onTold: (version: string) => void) {
  const untold = new Map<string, Change>();
  let telling: Promise<void> | undefined;

  const tellAll = async () => {
    while (untold.size > 0) {
      const changes = [...untold].slice(0, toldAtOnce);
      const facts = changes.flatMap(([key, change]) => factsOf(key, change, now()));
      const version = await redis.ask((client) => runScript(client, changeBlocksScript, blockKeys, [blocksMax, ...facts]));
      if (version === undefined) break;
      onTold(version as string);
      for (const [key, change] of changes) if (untold.get(key) === change) untold.delete(key);
    }
    telling = undefined;
  };

  return {
    isEmpty: () => untold.size === 0,
    note(key: string, change: Change): void {
      untold.delete(key);
      untold.set(key, change);
      const [oldest] = untold.keys();
      if (untold.size > blocksMax && oldest !== undefined) untold.delete(oldest);
    },
    /** One at a time: who comes meanwhile waits for it, and is told by it. */
    async tell(): Promise<void> {
      if (untold.size > 0) await (telling ??= tellAll());
    },
  };
}

function factsOf(key: string, { block, staysIfBlocked }: Change, now: number): (string | number)[] {
  if (!block) return [key, 0, 0, 0, ""];
  const micros = Math.ceil((block.until - now) * 1_000);
  return micros > 0 ? [key, micros, block.blockedAt, staysIfBlocked ? 1 : 0, block.reason] : [];
}
