-- Says for each user whether they are at a place, and on each node where they are, at another place as well.
--
-- KEYS[1] leases
-- ARGV[1] stem of users, ARGV[2] place, ARGV[3] the other place, ARGV[4..] user ids
-- Returns 1 or 0 for each of them. Only reads.
local users, place, other = ARGV[1], ARGV[2], ARGV[3]
local names = redis.call('ZRANGE', KEYS[1], 0, -1)
local answers = {}
for index = 4, #ARGV do
  local isCovered, isThere = true, false
  for _, name in ipairs(names) do
    if redis.call('SISMEMBER', users .. place .. '@' .. name, ARGV[index]) == 1 then
      isThere = true
      isCovered = isCovered and redis.call('SISMEMBER', users .. other .. '@' .. name, ARGV[index]) == 1
    end
  end
  answers[index - 3] = (isThere and isCovered) and 1 or 0
end
return answers
