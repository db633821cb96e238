-- Takes tokens that were already used from a token bucket. It may take more than the bucket holds, which leaves a debt.
--
-- KEYS[1] bucket, as in rate-take.lua   ARGV[1] µs per token, ARGV[2] burst in tokens, ARGV[3] tokens that were used
-- Returns the ms until the debt is paid; 0 if there is none.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, used = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + used * interval
if full > now then redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000)) end
return math.max(0, math.ceil((full - now - burst * interval) / 1000))
