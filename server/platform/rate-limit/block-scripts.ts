import { monotonicNow } from "./redis-scripts.ts";

/**
 * KEYS: the clock, the blocks, their version. ARGV: an address, for how many microseconds (0: no longer), when for people, why, and how
 * many blocks there may be. Past blocks go first; beyond the bound nothing is added.
 */
export const changeBlocksScript = `${monotonicNow}
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if tonumber(string.match(all[i + 1], '^%d+')) <= now then redis.call('HDEL', KEYS[2], all[i]) end
end
if ARGV[2] == '0' then redis.call('HDEL', KEYS[2], ARGV[1])
elseif redis.call('HLEN', KEYS[2]) < tonumber(ARGV[5]) then
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', now + tonumber(ARGV[2])) .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
end
redis.call('INCR', KEYS[3])
return 1
`;

/** KEYS as above; ARGV: the version that is known. Answers the version, and when it is another one, four values for each block. */
export const readBlocksScript = `${monotonicNow}
local version = redis.call('GET', KEYS[3]) or '0'
local answer = { version }
if version == ARGV[1] then return answer end
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  local till, at, reason = string.match(all[i + 1], '^(%d+) (%d+) (.*)$')
  if tonumber(till) > now then
    for _, fact in ipairs({ all[i], tonumber(till) - now, at, reason }) do answer[#answer + 1] = fact end
  end
end
return answer
`;
