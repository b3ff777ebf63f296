-- Whom we want nothing to do with: an actor's id, an address (who@host, lower case), or a host with its subdomains.
CREATE TABLE blocks (
  target TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('actor', 'address', 'host')),
  reason TEXT NOT NULL,
  blocked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who says it has moved where; one row for each mover.
CREATE TABLE moves (
  actor TEXT NOT NULL PRIMARY KEY,
  target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  error TEXT
) STRICT;
CREATE INDEX moves_waiting ON moves (due_at) WHERE state = 'waiting';

-- The address as blocks name it: handle and the authority in the id.
ALTER TABLE remote_actors ADD COLUMN address TEXT GENERATED ALWAYS AS (
  lower(handle || '@' || substr(
    substr(id, instr(id, '//') + 2), 1, instr(substr(id, instr(id, '//') + 2) || '/', '/') - 1))
) VIRTUAL;
CREATE INDEX remote_actors_address ON remote_actors (address);
CREATE INDEX remote_actors_inbox ON remote_actors (inbox);
CREATE INDEX remote_actors_shared ON remote_actors (shared_inbox) WHERE shared_inbox IS NOT NULL;

-- Updates that were retracted, so that what hangs on them can be swept without reading all updates.
CREATE INDEX posts_retracted ON posts (retracted_at) WHERE retracted_at IS NOT NULL;
