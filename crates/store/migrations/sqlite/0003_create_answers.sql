-- Answers kept for requests that come again with the same idempotency key.
CREATE TABLE answers (
    -- SHA-256 of caller, operation and key, in hex.
    scope TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    -- NULL while the first request is under way.
    status BIGINT,
    body TEXT
);
CREATE INDEX answers_age ON answers (started_at);
