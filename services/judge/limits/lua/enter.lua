-- Asks for a call. ARGV: estimated tokens, lease, and the limits (0: none): concurrency, requests, tokens.
-- Returns {1, 0}: granted; {0, wait}: no room before, where wait is -1 if that is unknown; {-1, wait}: circuit open.
local estimate, lease = tonumber(ARGV[4]), tonumber(ARGV[5])
local most_held, most_calls, most_tokens = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local UNKNOWN = -1

if redis.call('ZSCORE', held, id) then return {1, 0} end -- an answer was lost, and the question repeated

local open_until = tonumber(redis.call('HGET', circuit, 'until') or 0)
if open_until > now then return {-1, open_until - now} end
if open_until > 0 then -- one call tries, the others wait for what becomes of it
  local probe = redis.call('HGET', circuit, 'probe')
  if probe and redis.call('ZSCORE', held, probe) then return {0, UNKNOWN} end
end

local held_now, ended_now = redis.call('ZCARD', held), redis.call('ZCARD', ended)

local function until_gone(position) -- wait until the ended call at this position, 0 the oldest, has left the window
  local found = redis.call('ZRANGE', ended, position, position, 'WITHSCORES')
  return found[2] and tonumber(found[2]) + window - now or UNKNOWN
end

local function until_freed(wanted) -- wait until so many tokens have left it
  local freed = 0
  for position, call in ipairs(redis.call('ZRANGE', ended, 0, 99)) do
    freed = freed + tonumber(redis.call('HGET', tokens, call) or 0)
    if freed >= wanted then return until_gone(position - 1) end
  end
  return UNKNOWN
end

local waits = {}
if most_held > 0 and held_now >= most_held then table.insert(waits, UNKNOWN) end
local calls = held_now + ended_now
if most_calls > 0 and calls >= most_calls then table.insert(waits, until_gone(calls - most_calls)) end
local over = tonumber(redis.call('GET', spent) or 0) + estimate - most_tokens
if most_tokens > 0 and over > 0 then table.insert(waits, until_freed(over)) end
if #waits > 0 then
  keep()
  return {0, math.max(unpack(waits))}
end

redis.call('ZADD', held, now + lease, id)
redis.call('HSET', tokens, id, estimate)
redis.call('INCRBY', spent, estimate)
if open_until > 0 then redis.call('HSET', circuit, 'probe', id) end
keep()
return {1, 0}
