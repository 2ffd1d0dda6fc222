-- Who had the last turn: workspaces take turns, and within one its keys do.
ALTER TABLE jobs ADD COLUMN key_id TEXT;
ALTER TABLE jobs ADD COLUMN started_at BIGINT;
CREATE INDEX jobs_turns ON jobs (workspace_id, lane, started_at);
CREATE INDEX jobs_key_turns ON jobs (key_id, started_at);
-- For sweeping what has ended.
CREATE INDEX jobs_ended ON jobs (ended_at);
