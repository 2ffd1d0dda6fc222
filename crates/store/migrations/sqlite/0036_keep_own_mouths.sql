-- Whether a twin's footage offered mouths of the person's own for all kinds of sounds.
ALTER TABLE looks ADD COLUMN own_mouths BOOLEAN NOT NULL DEFAULT FALSE;
