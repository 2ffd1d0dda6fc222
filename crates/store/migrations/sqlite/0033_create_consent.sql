-- The faces that a group's footage shows, for comparing with a recording of consent.
CREATE TABLE group_faces (
    group_id TEXT PRIMARY KEY REFERENCES avatar_groups (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    -- JSON: an array of embeddings, each an array of 128 numbers.
    embeddings TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Pages on which a person gives consent.
CREATE TABLE consent_links (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL REFERENCES avatar_groups (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    statement TEXT NOT NULL,
    -- The words that prove when it was spoken, with spaces between.
    passphrase TEXT NOT NULL,
    reroute_url TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it took its recording, or was closed.
    used_at BIGINT
);
CREATE INDEX consent_links_group ON consent_links (group_id, created_at);

CREATE TABLE consent_recordings (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL REFERENCES avatar_groups (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    -- The page it came from; NULL for one that was sent through the API.
    link_id TEXT,
    object_key TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    statement TEXT NOT NULL,
    -- The words that must be heard; NULL when none were given to the person.
    passphrase TEXT,
    -- verifying, approved, rejected, needs_review
    verdict TEXT NOT NULL,
    -- JSON: an array of codes.
    reasons TEXT NOT NULL,
    -- JSON: an object of what was measured.
    measures TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX consent_recordings_group ON consent_recordings (group_id, created_at);
CREATE INDEX consent_recordings_verdict ON consent_recordings (verdict, created_at);

-- What happened, in order. Each record's hash is over its fields and the hash before. Names nobody: words that may are
-- in consent_texts, under a salted digest, and go when a person is erased.
CREATE TABLE consent_ledger (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    workspace_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    act TEXT NOT NULL,
    actor TEXT NOT NULL,
    recording_sha256 TEXT,
    text_digest TEXT,
    -- JSON object: what belongs to the act.
    detail TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX consent_ledger_group ON consent_ledger (group_id, seq);

CREATE TABLE consent_texts (
    -- SHA-256 of salt and text.
    digest TEXT PRIMARY KEY,
    group_id TEXT NOT NULL,
    salt TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX consent_texts_group ON consent_texts (group_id);

-- The end of the ledger; its row is the lock of whoever appends.
CREATE TABLE consent_ledger_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO consent_ledger_head (id, seq, hash) VALUES (1, 0, '');

CREATE TRIGGER consent_ledger_keeps BEFORE UPDATE ON consent_ledger
BEGIN
    SELECT RAISE(ABORT, 'the consent ledger is append-only');
END;
CREATE TRIGGER consent_ledger_stays BEFORE DELETE ON consent_ledger
BEGIN
    SELECT RAISE(ABORT, 'the consent ledger is append-only');
END;
