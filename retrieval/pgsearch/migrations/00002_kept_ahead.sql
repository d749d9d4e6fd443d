-- +goose Up

-- When vectors were last kept in the set ahead of a change that switches to it, in
-- microseconds since 1970; NULL once a revision has used it. Sets that are there
-- already count as used.
ALTER TABLE vector_sets ADD COLUMN kept_ahead BIGINT;
