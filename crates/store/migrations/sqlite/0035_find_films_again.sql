-- The digest of everything that decides what a video looks and sounds like, so that the same is not made twice.
ALTER TABLE videos ADD COLUMN film_digest TEXT;
CREATE INDEX videos_by_film ON videos (workspace_id, film_digest) WHERE film_digest IS NOT NULL;
