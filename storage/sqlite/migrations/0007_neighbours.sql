-- Two actors of one host may claim the same id for a key or a note: each claim is a row of its own, so that neither
-- takes the other's.
CREATE TABLE claimed_keys (
  id TEXT NOT NULL,
  owner TEXT NOT NULL REFERENCES remote_actors (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  kind TEXT NOT NULL,
  public TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (id, owner)
) STRICT;
INSERT INTO claimed_keys SELECT id, owner, place, kind, public, fetched_at FROM remote_keys;
DROP TABLE remote_keys;
ALTER TABLE claimed_keys RENAME TO remote_keys;
CREATE INDEX remote_keys_of_owner ON remote_keys (owner, place);

CREATE TABLE claimed_posts (
  id TEXT NOT NULL,
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
  changed_at INTEGER,
  html TEXT NOT NULL,
  PRIMARY KEY (id, actor)
) STRICT;
INSERT INTO claimed_posts
  SELECT id, actor, type, warning, url, in_reply_to, comment_on, comment_state, in_timeline, is_public, published_at,
    updated_at, received_at, changed_at, html FROM remote_posts;
DROP TABLE remote_posts;
ALTER TABLE claimed_posts RENAME TO remote_posts;
CREATE INDEX remote_posts_of_actor ON remote_posts (actor);
CREATE INDEX remote_posts_timeline ON remote_posts (published_at, id) WHERE in_timeline = 1;
CREATE INDEX remote_posts_comments ON remote_posts (received_at, id) WHERE comment_on IS NOT NULL;
CREATE INDEX remote_posts_comments_on ON remote_posts (comment_on, received_at, id) WHERE comment_on IS NOT NULL;
CREATE INDEX remote_posts_comments_counted ON remote_posts (comment_on, comment_state, actor)
  WHERE comment_on IS NOT NULL;
CREATE INDEX remote_posts_pages ON remote_posts (url);
CREATE INDEX remote_posts_passing ON remote_posts (received_at) WHERE in_timeline = 0 AND comment_on IS NULL;
CREATE INDEX remote_posts_comments_of_actor ON remote_posts (actor, received_at) WHERE comment_on IS NOT NULL;
CREATE INDEX remote_posts_comments_held ON remote_posts (comment_state, comment_on) WHERE comment_on IS NOT NULL;

-- When an inbox first answered 401 or 403: only from then on it is counted as refusing.
ALTER TABLE deliveries ADD COLUMN first_refused_at INTEGER;
