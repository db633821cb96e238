-- Leases tokens to a node, which gives them out by itself for a short time.
--
-- KEYS[1] bucket (hash: level, at; per node its lease `amount:expiry`)
-- ARGV[1] µs per token, ARGV[2] burst, ARGV[3] tokens needed now, ARGV[4] tokens wanted (>= needed), ARGV[5] node,
-- ARGV[6] tokens this node still holds, ARGV[7] µs for which a lease is good
-- Returns {tokens the node holds now, 0}, or {tokens it still holds, ms to wait} when what it needs is not there.
-- Safe: leased tokens and those in the bucket together never exceed the burst, so the cluster as a whole has the limit of
-- one bucket. A node counts its lease's time from before it asked, so the lease ends there first.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local needed, wanted = tonumber(ARGV[3]), tonumber(ARGV[4])
local node, held, good = 'node:' .. ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])

local level, at, out = burst, now, 0
local fields = redis.call('HGETALL', KEYS[1])
for index = 1, #fields, 2 do
  local name, value = fields[index], fields[index + 1]
  if name == 'level' then
    level = tonumber(value)
  elseif name == 'at' then
    at = tonumber(value)
  elseif name ~= node then
    local amount, expiry = string.match(value, '^(.-):(.+)$')
    if tonumber(expiry) <= now then
      redis.call('HDEL', KEYS[1], name)
    else
      out = out + tonumber(amount)
    end
  end
end

level = math.min(level + math.max(now - at, 0) / interval, burst - out - held)
local granted = math.min(math.max(wanted - held, 0), math.floor(math.max(level, 0)))
local wait = 0
if held + granted < needed then
  granted = 0
  wait = math.max(1, math.ceil((needed - held - math.max(level, 0)) * interval / 1000))
end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level - granted), 'at', string.format('%.0f', now))
if held + granted > 0 then
  redis.call('HSET', KEYS[1], node, string.format('%.0f:%.0f', held + granted, now + good))
else
  redis.call('HDEL', KEYS[1], node)
end
redis.call('PEXPIRE', KEYS[1], math.ceil((burst * interval + good) / 1000))
return {held + granted, wait}
