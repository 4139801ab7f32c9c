-- What every script begins with. Times are microseconds of Redis' own clock.
--
-- A sliding-window log (every call by its time, as opposed to counters by window, which let twice the limit through
-- at their seam) in which a call counts from its grant until a window after its end: within these it reached the
-- server. So whatever window of the server's log one looks at, the call in it that was granted last was granted while
-- all others counted, and there are never more than the limit.
--
-- KEYS  held    sorted set: calls under way by the end of their lease
--       ended   sorted set: ended calls by their end
--       tokens  hash: tokens of each call in the two sets
--       spent   number: the sum of these
--       circuit hash: `row` (failures one after another), `until` (0 or missing: closed), `pause`, `probe`
--       good, bad  sorted sets: calls by when they ended so
-- ARGV  window, id, time to live of idle keys in milliseconds, then what the script itself says
local held, ended, tokens, spent, circuit, good, bad = unpack(KEYS)
local window, id, idle = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function forget(call)
  redis.call('DECRBY', spent, tonumber(redis.call('HGET', tokens, call) or 0))
  redis.call('HDEL', tokens, call)
end

local function keep()
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, idle) end
end

-- A process that died reached the server, if it did, before its lease ran out.
for _, call in ipairs(redis.call('ZRANGEBYSCORE', held, '-inf', now)) do
  redis.call('ZADD', ended, redis.call('ZSCORE', held, call), call)
  redis.call('ZREM', held, call)
end
for _, call in ipairs(redis.call('ZRANGEBYSCORE', ended, '-inf', now - window)) do
  redis.call('ZREM', ended, call)
  forget(call)
end
redis.call('ZREMRANGEBYSCORE', good, '-inf', now - window)
redis.call('ZREMRANGEBYSCORE', bad, '-inf', now - window)
