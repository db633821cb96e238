-- Makes a wrong guess keep its place for the whole window.
--
-- KEYS[1] guesses   ARGV[1] guess, ARGV[2] window in ms
-- Returns 0.
-- Safe to repeat: the same guess is one member. It counts even if its reservation has expired in the meantime.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0
