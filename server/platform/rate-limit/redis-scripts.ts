/** Everything that a decision touches lies in one slot of a cluster. */
const prefix = "warehouse:{limits}:";
export const clockKey = `${prefix}clock`;
export const blockKeys = [clockKey, `${prefix}blocks`, `${prefix}blocks-changes`];
export const countedKey = (name: string, key: string): string => `${prefix}count:${name}|${key}`;
export const countedKeys = `${prefix}count:*`;
export const nameOf = (redisKey: string): string => redisKey.slice(`${prefix}count:`.length).split("|")[0] ?? "";

/** Redis's clock in microseconds, made monotonic: set back, it frees no one and blocks no one. */
export const monotonicNow = `
local time = redis.call('TIME')
local raw = tonumber(time[1]) * 1000000 + tonumber(time[2])
local clock = redis.call('HMGET', KEYS[1], 'raw', 'offset')
local last, offset = tonumber(clock[1]) or raw, tonumber(clock[2]) or 0
if raw < last then offset = offset + last - raw end
redis.call('HSET', KEYS[1], 'raw', string.format('%.0f', raw), 'offset', string.format('%.0f', offset))
local now = raw + offset
`;

/**
 * The exact sliding log of each key as a list of instants. KEYS: the clock, then the keys; ARGV: for each its limit and its window in
 * microseconds. Answers whether all admit, the instant, and for each key: how many are counted, the oldest, and how long until it admits again.
 */
export const takeScript = `${monotonicNow}
local admitted = 1
local sizes = {}
for i = 2, #KEYS do
  local maxRequests, passed = tonumber(ARGV[2 * i - 3]), now - tonumber(ARGV[2 * i - 2])
  local newest = redis.call('LINDEX', KEYS[i], -1)
  if newest and tonumber(newest) <= passed then redis.call('DEL', KEYS[i]) end
  local oldest = redis.call('LINDEX', KEYS[i], 0)
  while oldest and tonumber(oldest) <= passed do
    local count = 0
    for _, instant in ipairs(redis.call('LRANGE', KEYS[i], 0, 99)) do
      if tonumber(instant) > passed then break end
      count = count + 1
    end
    redis.call('LPOP', KEYS[i], count)
    oldest = redis.call('LINDEX', KEYS[i], 0)
  end
  sizes[i] = redis.call('LLEN', KEYS[i])
  if sizes[i] >= maxRequests then admitted = 0 end
end
local answer = { admitted, now }
for i = 2, #KEYS do
  local maxRequests, window = tonumber(ARGV[2 * i - 3]), tonumber(ARGV[2 * i - 2])
  if admitted == 1 then
    sizes[i] = redis.call('RPUSH', KEYS[i], string.format('%.0f', now))
    redis.call('PEXPIRE', KEYS[i], math.ceil(window / 1000))
  end
  local oldest = tonumber(redis.call('LINDEX', KEYS[i], 0) or now)
  local wait = 0
  if sizes[i] >= maxRequests then wait = tonumber(redis.call('LINDEX', KEYS[i], sizes[i] - maxRequests)) + window - now end
  answer[#answer + 1] = sizes[i]
  answer[#answer + 1] = sizes[i] > 0 and oldest + window - now or 0
  answer[#answer + 1] = wait
end
return answer
`;
