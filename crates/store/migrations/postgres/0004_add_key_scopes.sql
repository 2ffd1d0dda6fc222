-- Space-separated; NULL is all.
ALTER TABLE api_keys ADD COLUMN scopes TEXT;
