CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    title TEXT,
    created_at BIGINT NOT NULL
);

-- Places reserved for files that are sent apart; each becomes the asset of the same id.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    batch_id TEXT REFERENCES batches (id),
    item_index BIGINT,
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT,
    state TEXT NOT NULL,
    object_key TEXT,
    found_mime_type TEXT,
    found_sha256 TEXT,
    error_code TEXT,
    error_message TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX uploads_batch ON uploads (batch_id, item_index);
CREATE INDEX uploads_expiry ON uploads (state, expires_at);
