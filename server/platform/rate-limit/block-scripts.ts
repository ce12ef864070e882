import { monotonicNow } from "./redis-scripts.ts";

/**
 * KEYS: the clock, the blocks, their version. ARGV: how many blocks there may be, then of each change five values: the address, for how many
 * microseconds (0: no longer), when for people, 1 where one that stands is to stay as it is, and why. Beyond the bound past blocks go
 * first, then those that end first. Answers the version: when this list began, and how often it has changed.
 */
export const changeBlocksScript = `${monotonicNow}
local function ending(block) return tonumber(string.match(block, '^%d+')) end
for i = 2, #ARGV, 5 do
  local address, micros, at, stay, reason = unpack(ARGV, i, i + 4)
  local known = redis.call('HGET', KEYS[2], address)
  if micros == '0' then redis.call('HDEL', KEYS[2], address)
  elseif stay == '0' or not known or ending(known) <= now then
    redis.call('HSET', KEYS[2], address, string.format('%.0f', now + tonumber(micros)) .. ' ' .. at .. ' ' .. reason)
  end
end
local surplus = redis.call('HLEN', KEYS[2]) - tonumber(ARGV[1])
if surplus > 0 then
  local all, byEnd = redis.call('HGETALL', KEYS[2]), {}
  for i = 1, #all, 2 do byEnd[#byEnd + 1] = { all[i], ending(all[i + 1]) } end
  table.sort(byEnd, function(one, other) return one[2] < other[2] end)
  for i, block in ipairs(byEnd) do
    if i <= surplus or block[2] <= now then redis.call('HDEL', KEYS[2], block[1]) end
  end
end
local began, count = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+) (%d+)$')
local version = (began or string.format('%.0f', now)) .. ' ' .. string.format('%.0f', (tonumber(count) or 0) + 1)
redis.call('SET', KEYS[3], version)
return version
`;

/**
 * KEYS as above; ARGV: the version that is known. Answers the version, and when it is another one, four values for each block.
 */
export const readBlocksScript = `${monotonicNow}
local version = redis.call('GET', KEYS[3]) or ''
local answer = { version }
if version == ARGV[1] then return answer end
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  local till, at, reason = string.match(all[i + 1], '^(%d+) (%d+) (.*)$')
  if tonumber(till) > now then
    for _, fact in ipairs({ all[i], tonumber(till) - now, at, reason }) do answer[#answer + 1] = fact end
  else redis.call('HDEL', KEYS[2], all[i]) end
end
return answer
`;
