-- Logs as this node keeps them, its own and its peers'. `bytes`, `wanted`, `held` and `standing` count its leaves, so that
-- nobody reads a million of them for it.
CREATE TABLE kept_logs (
  name TEXT NOT NULL PRIMARY KEY,
  did TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ours', 'following', 'stopped', 'ended')),
  size INTEGER NOT NULL,
  withdrawn_to INTEGER NOT NULL,
  checkpoint_size INTEGER NOT NULL,
  checkpoint_at INTEGER,
  pending_size INTEGER NOT NULL,
  bytes INTEGER NOT NULL DEFAULT 0,
  wanted INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  standing INTEGER NOT NULL DEFAULT 0,
  checkpoint BLOB,
  pending BLOB
) STRICT;
CREATE INDEX kept_logs_of ON kept_logs (did, epoch DESC);

CREATE TABLE kept_tiles (
  log TEXT NOT NULL,
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (log, level, number)
) STRICT;

CREATE TABLE kept_leaves (
  log TEXT NOT NULL,
  place INTEGER NOT NULL CHECK (place >= 0),
  digest TEXT NOT NULL,
  activity TEXT NOT NULL,
  actor TEXT,
  object TEXT NOT NULL,
  type TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('wanted', 'held', 'hidden', 'gone')),
  is_standing INTEGER NOT NULL,
  kept_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  entry BLOB NOT NULL,
  PRIMARY KEY (log, place)
) STRICT;
CREATE INDEX kept_leaves_digests ON kept_leaves (log, digest, place);
CREATE INDEX kept_leaves_of_object ON kept_leaves (log, object, state);
CREATE INDEX kept_leaves_new ON kept_leaves (log, kept_at);
CREATE INDEX kept_leaves_wanted ON kept_leaves (log, place) WHERE state = 'wanted';
CREATE INDEX kept_leaves_hidden ON kept_leaves (changed_at) WHERE state = 'hidden';
CREATE INDEX kept_leaves_standing ON kept_leaves (log, place) WHERE is_standing = 1 AND state = 'held';
CREATE INDEX kept_leaves_standing_of_actor ON kept_leaves (log, actor, place) WHERE is_standing = 1 AND state = 'held';
CREATE INDEX kept_leaves_standing_of_object ON kept_leaves (log, object, place) WHERE is_standing = 1;
CREATE INDEX kept_leaves_profiles ON kept_leaves (log, actor, place) WHERE object = actor AND state = 'held';

-- The exact bytes of what is held or hidden, apart from the leaves, so that those are read without them.
CREATE TABLE kept_bodies (
  log TEXT NOT NULL,
  place INTEGER NOT NULL,
  size INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (log, place)
) STRICT;

CREATE TABLE receipts (
  log TEXT NOT NULL,
  mirror TEXT NOT NULL,
  size INTEGER NOT NULL,
  at INTEGER NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (log, mirror)
) STRICT;

CREATE TABLE peers (
  did TEXT NOT NULL PRIMARY KEY,
  url TEXT NOT NULL,
  actor TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'waiting', 'mutual', 'removed')),
  is_unlisted INTEGER NOT NULL,
  follow TEXT,
  their_follow TEXT,
  added_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  heard_at INTEGER,
  silent_since INTEGER,
  poll_at INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  is_accepted INTEGER NOT NULL,
  is_ended INTEGER NOT NULL,
  chosen TEXT
) STRICT;
CREATE INDEX peers_by_actor ON peers (actor, added_at);
CREATE INDEX peers_added ON peers (added_at, did);

CREATE TABLE evidence (
  did TEXT NOT NULL,
  digest TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('fork', 'charter', 'home', 'unserved')),
  found_at INTEGER NOT NULL,
  first BLOB NOT NULL,
  second BLOB NOT NULL,
  PRIMARY KEY (did, digest)
) STRICT;
CREATE INDEX evidence_found ON evidence (found_at, did, digest);
CREATE INDEX evidence_found_of ON evidence (did, found_at, digest);

CREATE TABLE withheld (
  did TEXT NOT NULL,
  object TEXT NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (did, object)
) STRICT;

CREATE TABLE held_media (
  did TEXT NOT NULL,
  digest TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  is_held INTEGER NOT NULL,
  is_named INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (did, digest)
) STRICT;
CREATE INDEX held_media_each ON held_media (digest, did);
CREATE INDEX held_media_held ON held_media (is_held, digest, did);
CREATE INDEX held_media_held_of ON held_media (did, is_held, digest, is_named, size);
