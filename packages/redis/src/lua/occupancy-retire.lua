-- Ends a lease now, so that the incarnation can be dropped without waiting for its expiry.
--
-- KEYS[1] leases   ARGV[1] incarnation
-- Returns 1, or 0 when there was none.
-- Safe: from here on the incarnation can neither beat nor write. Its users count until they are dropped.
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
return 1
