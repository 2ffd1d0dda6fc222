-- What can be watched of a video that is still being made: parts of a fragmented file, as objects.
CREATE TABLE previews (
    video_id TEXT PRIMARY KEY,
    -- How the keys of its parts begin; each attempt has its own.
    prefix TEXT NOT NULL,
    parts BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
CREATE INDEX previews_age ON previews (touched_at);
