-- Opens the lease of a new incarnation of a node.
--
-- KEYS[1] leases   ARGV[1] incarnation, ARGV[2] lease in ms
-- Returns the number of live incarnations.
-- Safe: a name is used once, so a new lease never touches or revives what an older incarnation of this node left behind.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')
