-- Records how many connections of a tenant a node has, and says whether one of them is too many.
--
-- KEYS[1] hash: node -> count:until   ARGV[1] node, ARGV[2] its connections, ARGV[3] most of all nodes or -1, ARGV[4] lease in ms
-- Returns 1, or 0 if the newest connection is one too many and was therefore not counted.
-- Safe: reading and writing are one script, so two nodes cannot take one place. A dead node's places are free after the lease.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local own, most, lease = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local others = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] ~= ARGV[1] then
    local count, till = string.match(all[i + 1], '(%d+):(%d+)')
    if tonumber(till) > now then others = others + tonumber(count) else redis.call('HDEL', KEYS[1], all[i]) end
  end
end
local fits = most < 0 or others + own <= most
if not fits then own = own - 1 end
if own > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%d:%d', own, now + lease))
  redis.call('PEXPIRE', KEYS[1], lease)
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return fits and 1 or 0
