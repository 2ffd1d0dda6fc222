-- Counted when a look comes or goes, not whenever a group is read.
ALTER TABLE avatar_groups ADD COLUMN looks_count BIGINT NOT NULL DEFAULT 0;
UPDATE avatar_groups SET looks_count = (SELECT COUNT(*) FROM looks l WHERE l.group_id = avatar_groups.id);
