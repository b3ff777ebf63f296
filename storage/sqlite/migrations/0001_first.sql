-- The first tables. Times are microseconds since 1970 UTC; bodies are exact bytes and stand last in their row, so that
-- the small columns are read without them.

CREATE TABLE unions (
  did TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX unions_one ON unions ((1));

CREATE TABLE charters (
  did TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  digest TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (did, epoch, digest)
) STRICT;

CREATE TABLE actors (
  id TEXT NOT NULL PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  summary TEXT NOT NULL,
  rsa_public_pem TEXT NOT NULL,
  ed25519_multibase TEXT NOT NULL,
  approves_followers INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE activities (
  id TEXT NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL,
  type TEXT NOT NULL,
  object TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX activities_made ON activities (created_at, id);

CREATE TABLE entries (
  place INTEGER PRIMARY KEY CHECK (place >= 0),
  activity TEXT NOT NULL UNIQUE REFERENCES activities (id),
  actor TEXT NOT NULL,
  type TEXT NOT NULL,
  object TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  commitment BLOB NOT NULL
) STRICT;
CREATE INDEX entries_of_object ON entries (object);

CREATE TABLE cursors (
  name TEXT NOT NULL PRIMARY KEY,
  place INTEGER NOT NULL CHECK (place >= 0)
) STRICT;

CREATE TABLE posts (
  id TEXT NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL,
  serial INTEGER NOT NULL,
  activity TEXT NOT NULL,
  "index" INTEGER NOT NULL,
  warning TEXT,
  language TEXT,
  tags TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  updated_at INTEGER,
  retracted_at INTEGER,
  html TEXT NOT NULL,
  text TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX posts_shown ON posts (serial) WHERE retracted_at IS NULL;
CREATE INDEX posts_shown_of_actor ON posts (actor, serial) WHERE retracted_at IS NULL;

-- Tags of the posts that are shown; the serial is the post's, so that a tag's newest posts come without sorting.
CREATE TABLE post_tags (
  tag TEXT NOT NULL,
  post_serial INTEGER NOT NULL,
  post TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  PRIMARY KEY (tag, post_serial, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_tags_of_post ON post_tags (post);

CREATE TABLE followers (
  actor TEXT NOT NULL,
  follows TEXT NOT NULL,
  activity TEXT NOT NULL,
  inbox TEXT NOT NULL,
  shared_inbox TEXT,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted')),
  since INTEGER NOT NULL,
  delivery_inbox TEXT NOT NULL GENERATED ALWAYS AS (coalesce(nullif(shared_inbox, ''), inbox)) VIRTUAL,
  PRIMARY KEY (actor, follows)
) STRICT;
CREATE INDEX followers_of ON followers (follows, actor);
CREATE INDEX followers_inboxes ON followers (follows, state, delivery_inbox);
CREATE INDEX followers_of_inbox ON followers (delivery_inbox);

CREATE TABLE following (
  actor TEXT NOT NULL,
  follows TEXT NOT NULL,
  activity TEXT NOT NULL,
  inbox TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'accepted', 'refused')),
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (actor, follows)
) STRICT;
CREATE INDEX following_asked ON following (activity);
CREATE INDEX following_of ON following (follows, state);

-- `in_turn` is 0 while an earlier delivery of the same object to the same inbox is waiting. `needed_until` is NULL while
-- the update it is about stands, for its retraction must reach the same inbox; otherwise when that was retracted, or
-- when the delivery was made.
CREATE TABLE deliveries (
  serial INTEGER PRIMARY KEY AUTOINCREMENT,
  activity TEXT NOT NULL,
  inbox TEXT NOT NULL,
  host TEXT NOT NULL,
  actor TEXT NOT NULL,
  object TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead', 'cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  first_failed_at INTEGER,
  gone_answers INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  lease TEXT,
  in_turn INTEGER NOT NULL,
  needed_until INTEGER,
  UNIQUE (activity, inbox)
) STRICT;
CREATE INDEX deliveries_of_object ON deliveries (object, inbox);
CREATE INDEX deliveries_waiting ON deliveries (host, in_turn, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_finished ON deliveries (state, needed_until) WHERE state <> 'waiting';

-- For each host with a delivery in turn, the one due first: claims read this instead of searching the queue.
CREATE TABLE delivery_heads (
  host TEXT NOT NULL PRIMARY KEY,
  due_at INTEGER NOT NULL,
  serial INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_heads_due ON delivery_heads (due_at, serial);

CREATE TABLE hosts (
  host TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  first_failure_at INTEGER NOT NULL,
  rests INTEGER NOT NULL,
  resting_until INTEGER
) STRICT;
CREATE INDEX hosts_resting ON hosts (resting_until, first_failure_at);

CREATE TABLE received (
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  actor TEXT NOT NULL,
  type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  lease TEXT,
  error TEXT,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX received_waiting ON received (received_at) WHERE state = 'waiting';
CREATE INDEX received_due ON received (due_at) WHERE state = 'waiting';
CREATE INDEX received_finished ON received (state, received_at) WHERE state <> 'waiting';

CREATE TABLE remote_actors (
  id TEXT NOT NULL PRIMARY KEY,
  type TEXT NOT NULL,
  handle TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  inbox TEXT NOT NULL,
  shared_inbox TEXT,
  fetched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX remote_actors_fetched ON remote_actors (fetched_at, id);

CREATE TABLE remote_keys (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL REFERENCES remote_actors (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  kind TEXT NOT NULL,
  public TEXT NOT NULL,
  fetched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX remote_keys_of_owner ON remote_keys (owner, place);

CREATE TABLE remote_posts (
  id TEXT NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL,
  type TEXT NOT NULL,
  warning TEXT,
  url TEXT NOT NULL,
  in_reply_to TEXT,
  comment_on TEXT,
  comment_state TEXT,
  in_timeline INTEGER NOT NULL,
  is_public INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  updated_at INTEGER,
  received_at INTEGER NOT NULL,
  html TEXT NOT NULL
) STRICT;
CREATE INDEX remote_posts_of_actor ON remote_posts (actor);
CREATE INDEX remote_posts_timeline ON remote_posts (published_at, id) WHERE in_timeline = 1;
CREATE INDEX remote_posts_comments ON remote_posts (received_at, id) WHERE comment_on IS NOT NULL;
CREATE INDEX remote_posts_comments_on ON remote_posts (comment_on, received_at, id) WHERE comment_on IS NOT NULL;

-- What was deleted and by whom, so that a late Create by the same actor stays refused; nothing of its content.
CREATE TABLE remote_tombstones (
  id TEXT NOT NULL,
  actor TEXT NOT NULL,
  deleted_at INTEGER NOT NULL,
  PRIMARY KEY (id, actor)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_tombstones_old ON remote_tombstones (deleted_at);
