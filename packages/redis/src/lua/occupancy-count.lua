-- Counts the users at each of several places, in one round trip.
--
-- KEYS[1..] the places' `online` sets
-- Returns the counts in the same order.
local counts = {}
for index, key in ipairs(KEYS) do counts[index] = redis.call('ZCARD', key) end
return counts
