-- What can still be taken back of a note, by type; and the Deletes and Updates of it, newest first: so that what a peer says
-- of one note a million times is not read anew each time.
DROP INDEX kept_leaves_of_object;
CREATE INDEX kept_leaves_of_object ON kept_leaves (log, object, state, type, place);
CREATE INDEX kept_leaves_takings ON kept_leaves (log, object, type, place) WHERE type IN ('Update', 'Delete');
CREATE INDEX kept_leaves_hidden_of ON kept_leaves (log, changed_at, object) WHERE state = 'hidden';
