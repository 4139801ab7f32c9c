-- Takes back a grant of which nothing was made.
if redis.call('ZREM', held, id) == 1 then forget(id) end
if redis.call('HGET', circuit, 'probe') == id then redis.call('HDEL', circuit, 'probe') end
return 0
