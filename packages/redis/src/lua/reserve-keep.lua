-- Keeps a list of pieces that only hold memory. They are dropped when no other memory is left.
--
-- KEYS[1] reserve   ARGV[1] pieces wanted, or 0 to add none, ARGV[2] bytes of each, ARGV[3] ms it is kept from now on
-- Returns how many pieces there are.
-- Safe: counting and adding are one script, so nodes cannot add more than is wanted.
local held = redis.call('LLEN', KEYS[1])
for _ = held + 1, tonumber(ARGV[1]) do held = redis.call('RPUSH', KEYS[1], string.rep('0', ARGV[2])) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return held
