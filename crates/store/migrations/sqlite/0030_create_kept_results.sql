-- Results of earlier work that may be used again in the same workspace; each has objects named by its id.
CREATE TABLE kept_results (
    -- Digest of everything that decides the result, the workspace included.
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX kept_results_age ON kept_results (used_at, id);

-- What a result was made or used for: a video, or a key. A result goes with the last of them.
CREATE TABLE result_uses (
    result_id TEXT NOT NULL REFERENCES kept_results (id) ON DELETE CASCADE,
    subject_id TEXT NOT NULL,
    PRIMARY KEY (result_id, subject_id)
);
CREATE INDEX result_uses_subject ON result_uses (subject_id);
