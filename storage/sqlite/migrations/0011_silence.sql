-- What other mirrors say of a peer that does not answer us.
ALTER TABLE peers ADD COLUMN silence_agreed_at INTEGER;
ALTER TABLE peers ADD COLUMN silence_denied_at INTEGER;
