-- What a workspace has had made, by day (whole days since the Unix epoch).
CREATE TABLE usage (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    day BIGINT NOT NULL,
    video_seconds DOUBLE NOT NULL,
    spoken_characters BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, day)
);

-- Bytes of all objects of a row.
ALTER TABLE videos ADD COLUMN stored_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE looks ADD COLUMN stored_bytes BIGINT NOT NULL DEFAULT 0;
