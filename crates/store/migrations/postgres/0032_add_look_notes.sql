-- What of a prompt could not be done as asked: a JSON list of sentences.
ALTER TABLE looks ADD COLUMN notes TEXT;
