-- Counts the users at each of several places, in one round trip.
--
-- ARGV[1..] keys of the places' `online` sets (ARGV, since their number varies; one Redis)
-- Returns the counts in the same order.
local counts = {}
for index, key in ipairs(ARGV) do counts[index] = redis.call('ZCARD', key) end
return counts
