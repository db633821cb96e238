-- Writes which users came to and left the places of one incarnation.
--
-- KEYS[1] leases
-- ARGV[1] incarnation, ARGV[2..4] stems of places, users, online
-- ARGV[5..] per place: place, number of arrivals, number of departures, arrivals, departures (user ids)
-- Returns 1, or -1 when the lease is gone and nothing was written.
--
-- Safe to repeat: these are sets, not counters. Invariant, kept by every script that writes: `online` of a place is the
-- union of the `users` sets there over all incarnations in `leases`. So a user on two nodes is removed when the second node
-- lets go. The script builds keys itself to read other incarnations' sets: in a Cluster all have the hash tag of KEYS[1].
local incarnation = ARGV[1]
local places, users, online = ARGV[2], ARGV[3], ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry = redis.call('ZSCORE', KEYS[1], incarnation)
if not expiry or tonumber(expiry) <= now then return -1 end

local others = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if name ~= incarnation then others[#others + 1] = name end
end

local function isElsewhere(place, user)
  for _, name in ipairs(others) do
    if redis.call('SISMEMBER', users .. place .. '@' .. name, user) == 1 then return true end
  end
  return false
end

local at = 5
while ARGV[at] do
  local place, arrivals, departures = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local mine = users .. place .. '@' .. incarnation
  at = at + 3
  if arrivals > 0 then
    redis.call('SADD', places .. incarnation, place)
    for index = at, at + arrivals - 1 do
      redis.call('SADD', mine, ARGV[index])
      redis.call('ZADD', online .. place, 0, ARGV[index])
    end
    at = at + arrivals
  end
  for index = at, at + departures - 1 do
    redis.call('SREM', mine, ARGV[index])
    if not isElsewhere(place, ARGV[index]) then redis.call('ZREM', online .. place, ARGV[index]) end
  end
  at = at + departures
  if redis.call('EXISTS', mine) == 0 then redis.call('SREM', places .. incarnation, place) end
end
return 1
