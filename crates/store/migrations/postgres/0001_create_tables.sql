CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_keys_prefix ON api_keys (prefix);

CREATE TABLE avatar_groups (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    is_public BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    gender TEXT,
    default_voice_id TEXT,
    consent_status TEXT,
    status TEXT NOT NULL,
    error_code TEXT,
    error_message TEXT,
    preview_image_key TEXT,
    preview_video_key TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX avatar_groups_page ON avatar_groups (workspace_id, created_at, id);
CREATE INDEX avatar_groups_public ON avatar_groups (is_public, created_at, id);

CREATE TABLE looks (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL REFERENCES avatar_groups (id),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    is_public BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    look_type TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code TEXT,
    error_message TEXT,
    gender TEXT,
    default_voice_id TEXT,
    source_key TEXT NOT NULL,
    puppet_key TEXT,
    preview_image_key TEXT,
    preview_video_key TEXT,
    image_width BIGINT,
    image_height BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX looks_group ON looks (group_id, created_at, id);
CREATE INDEX looks_page ON looks (workspace_id, created_at, id);
CREATE INDEX looks_public ON looks (is_public, created_at, id);

CREATE TABLE assets (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    object_key TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX assets_page ON assets (workspace_id, created_at, id);

CREATE TABLE videos (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    title TEXT,
    -- The title in lower case: the databases do not agree on what that is.
    title_folded TEXT,
    folder_id TEXT,
    callback_id TEXT,
    request TEXT NOT NULL,
    status TEXT NOT NULL,
    progress DOUBLE PRECISION NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    duration_s DOUBLE PRECISION,
    video_key TEXT,
    thumbnail_key TEXT,
    subtitle_key TEXT,
    created_at BIGINT NOT NULL,
    completed_at BIGINT
);
CREATE INDEX videos_page ON videos (workspace_id, created_at, id);

-- Secrets that the server makes for itself, such as the key that signs links.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    -- The look or video that the job works on.
    subject_id TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    lease_token TEXT,
    lease_until BIGINT,
    cancel_requested BOOLEAN NOT NULL,
    error_code TEXT,
    error_message TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX jobs_claim ON jobs (state, run_at, created_at);
CREATE INDEX jobs_workspace ON jobs (workspace_id, state);
CREATE INDEX jobs_subject ON jobs (subject_id);
