-- Entries of the search go into their index at once. Waiting in the index's pending list, up to 4 MB of them are read by
-- every search, and the planner rightly prefers to read the whole table. Releases before this one notice nothing.

-- Up Migration

alter index user_search_grams_idx set (fastupdate = off);
alter index room_search_grams_idx set (fastupdate = off);
select gin_clean_pending_list('user_search_grams_idx'), gin_clean_pending_list('room_search_grams_idx');
