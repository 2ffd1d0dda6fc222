-- Since when no call has succeeded, and why the last one failed; NULL while calls succeed.
ALTER TABLE webhook_endpoints ADD COLUMN failing_since BIGINT;
ALTER TABLE webhook_endpoints ADD COLUMN last_failure TEXT;
-- For sweeping what is too old.
CREATE INDEX webhook_events_age ON webhook_events (created_at);
