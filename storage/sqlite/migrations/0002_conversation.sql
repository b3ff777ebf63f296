-- How many replies of one author wait under an update, and how many are shown, without reading them.
CREATE INDEX remote_posts_comments_counted ON remote_posts (comment_on, comment_state, actor)
  WHERE comment_on IS NOT NULL;

-- Who likes an update of ours or passed it on: one row for each actor and kind.
CREATE TABLE reactions (
  object TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('like', 'share')),
  actor TEXT NOT NULL,
  activity TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (object, kind, actor)
) STRICT;
CREATE INDEX reactions_named ON reactions (actor, activity);

CREATE TABLE reports (
  id TEXT NOT NULL,
  actor TEXT NOT NULL,
  objects TEXT NOT NULL,
  text TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (id, actor)
) STRICT;
CREATE INDEX reports_received ON reports (received_at, id);
CREATE INDEX reports_by_actor ON reports (actor, received_at);
