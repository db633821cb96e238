-- Renews a lease that still holds.
--
-- KEYS[1] leases   ARGV[1] incarnation, ARGV[2] lease in ms
-- Returns the number of live incarnations, or -1 when the lease is gone (expired, wiped, retired).
-- Safe: an expired lease is never renewed, because the reaper may have begun to drop its sets.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not expiry or tonumber(expiry) <= now then return -1 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')
