-- Lengthens a lease. ARGV: lease. One that has run out meanwhile is taken up again: the call is under way.
redis.call('ZREM', ended, id)
redis.call('ZADD', held, now + tonumber(ARGV[4]), id)
keep()
return 0
