-- Ends a call. ARGV: 1 good, -1 bad, 0 unknown; tokens used, or -1; then the breaker: failures in a row, share of
-- failures and calls from which it counts (0: none), first and longest pause.
-- Returns 1 where the circuit has opened by it, -1 where it has closed, otherwise 0. Circuit breaker: M. Nygard,
-- Release It!, 2nd edition, chapter 5.
local outcome, used = tonumber(ARGV[4]), tonumber(ARGV[5])
local most_row, most_share, from_calls = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local first_pause, longest_pause = tonumber(ARGV[9]), tonumber(ARGV[10])

redis.call('ZREM', held, id)
redis.call('ZADD', ended, now, id)
if used >= 0 then
  forget(id)
  redis.call('HSET', tokens, id, used)
  redis.call('INCRBY', spent, used)
end

local function open(pause)
  redis.call('HSET', circuit, 'until', now + pause, 'pause', pause, 'row', 0)
  redis.call('HDEL', circuit, 'probe')
  return 1
end

local function close()
  redis.call('DEL', circuit, good, bad)
  return -1
end

local function is_too_bad()
  local failed, passed = redis.call('ZCARD', bad), redis.call('ZCARD', good)
  local row = tonumber(redis.call('HGET', circuit, 'row') or 0)
  local by_share = most_share > 0 and failed + passed >= from_calls and failed >= most_share * (failed + passed)
  return (most_row > 0 and row >= most_row) or by_share
end

local is_closed = tonumber(redis.call('HGET', circuit, 'until') or 0) == 0
local is_probe = redis.call('HGET', circuit, 'probe') == id
local changed = 0
if is_probe then redis.call('HDEL', circuit, 'probe') end
if outcome == 1 then
  redis.call('ZADD', good, now, id)
  redis.call('HSET', circuit, 'row', 0)
  if is_probe then changed = close() end
elseif outcome == -1 then
  if redis.call('ZADD', bad, now, id) == 1 then redis.call('HINCRBY', circuit, 'row', 1) end
  if is_probe then
    changed = open(math.min(longest_pause, 2 * tonumber(redis.call('HGET', circuit, 'pause') or first_pause)))
  elseif is_closed and is_too_bad() then
    changed = open(first_pause)
  end
end
keep()
return changed
