-- Drops up to `budget` users of an incarnation whose lease has expired; call again while it returns 1.
--
-- KEYS[1] leases   ARGV[1] incarnation, ARGV[2..4] stems of places, users, online, ARGV[5] budget
-- Returns 1 when more is left, 0 when the incarnation is gone, -1 when its lease holds.
-- Safe on a crash between calls and on two reapers at once: each call leaves the invariant of occupancy-write.lua intact,
-- and the lease entry, by which the incarnation is found, is deleted last. A call is bounded, so that the end of a large
-- node does not block Redis.
local incarnation = ARGV[1]
local places, users, online = ARGV[2], ARGV[3], ARGV[4]
local budget = tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry = redis.call('ZSCORE', KEYS[1], incarnation)
if not expiry then return 0 end
if tonumber(expiry) > now then return -1 end

local others = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if name ~= incarnation then others[#others + 1] = name end
end

while budget > 0 do
  local place = redis.call('SRANDMEMBER', places .. incarnation)
  if not place then
    redis.call('ZREM', KEYS[1], incarnation)
    return 0
  end
  local mine = users .. place .. '@' .. incarnation
  local dropped = redis.call('SPOP', mine, budget)
  for _, user in ipairs(dropped) do
    local isElsewhere = false
    for _, name in ipairs(others) do
      if redis.call('SISMEMBER', users .. place .. '@' .. name, user) == 1 then
        isElsewhere = true
        break
      end
    end
    if not isElsewhere then redis.call('ZREM', online .. place, user) end
  end
  if redis.call('EXISTS', mine) == 0 then redis.call('SREM', places .. incarnation, place) end
  -- An empty place also costs something. Otherwise empty places would never use up a budget.
  budget = budget - #dropped - 1
end
return 1
