-- The share of a look's training that is done, 0 to 1.
ALTER TABLE looks ADD COLUMN progress DOUBLE NOT NULL DEFAULT 0;
UPDATE looks SET progress = 1 WHERE status IN ('completed', 'pending_consent');
