CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    url TEXT NOT NULL,
    -- JSON list of event names; NULL is all.
    events TEXT,
    entity_id TEXT,
    enabled BOOLEAN NOT NULL,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_endpoints_page ON webhook_endpoints (workspace_id, created_at, id);

CREATE TABLE webhook_events (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_events_page ON webhook_events (workspace_id, created_at, id);

ALTER TABLE videos ADD COLUMN callback_url TEXT;

-- Deliveries must not wait behind renders: each lane has workers of its own.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT 'work';
