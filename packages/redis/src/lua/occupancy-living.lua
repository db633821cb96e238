-- Finds the incarnations whose lease holds, by Redis's clock.
--
-- KEYS[1] leases
-- Returns their names.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
