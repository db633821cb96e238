-- Reserves one of the guesses that are allowed within a sliding window.
--
-- KEYS[1] guesses (sorted set: guess -> when its place is free again, in ms)
-- ARGV[1] guesses allowed, ARGV[2] guess, ARGV[3] ms for which an undecided guess keeps its place
-- Returns 0 when reserved, else the ms to wait.
-- Safe: undecided guesses count, so parallel guesses get no more attempts than sequential ones. A process that
-- crashes before its guess is decided keeps the place for ARGV[3] only.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  return math.max(1, redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] - now)
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 0
