ALTER TABLE batches ADD COLUMN callback_url TEXT;
ALTER TABLE batches ADD COLUMN total_items BIGINT NOT NULL DEFAULT 0;
-- When the last item ended; its event is written in the same transaction.
ALTER TABLE batches ADD COLUMN finished_at BIGINT;

ALTER TABLE videos ADD COLUMN batch_id TEXT;
ALTER TABLE videos ADD COLUMN batch_index BIGINT;
CREATE INDEX videos_batch ON videos (batch_id, batch_index);
