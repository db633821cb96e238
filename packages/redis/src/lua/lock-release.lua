-- Releases a lock if it is still ours.
--
-- KEYS[1] lock   ARGV[1] our token
-- Returns 1 when released, 0 when it had expired. Another process may then hold the lock, and keeps it.
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
