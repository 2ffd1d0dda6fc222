-- Voices of a workspace's own; the installed ones are files.
CREATE TABLE voices (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    gender TEXT,
    status TEXT NOT NULL,
    error_code TEXT,
    error_message TEXT,
    recipe TEXT,
    source_key TEXT,
    remove_noise BOOLEAN NOT NULL,
    similarity_before DOUBLE PRECISION,
    similarity_after DOUBLE PRECISION,
    attested_by TEXT,
    attested_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX voices_page ON voices (workspace_id, created_at, id);
