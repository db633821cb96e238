-- Takes from a token bucket (GCRA: the bucket is one time, at which it will be full again).
--
-- KEYS[1] bucket   ARGV[1] µs per token, ARGV[2] burst in tokens, ARGV[3] cost in tokens
-- Returns 0 when taken, else the ms to wait; nothing is taken then.
-- Safe: read and write are one script with Redis's clock, so several nodes cannot admit more than one may.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + cost * interval
local wait = full - now - burst * interval
if wait > 0 then return math.ceil(wait / 1000) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
