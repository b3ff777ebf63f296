-- What our actors pass on, one row for each actor and thing. Derived from the log; the words passed on are in
-- remote_posts or posts.
CREATE TABLE boosts (
  activity TEXT NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL,
  object TEXT NOT NULL,
  serial INTEGER NOT NULL,
  boosted_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX boosts_once ON boosts (object, actor);
CREATE INDEX boosts_shown ON boosts (serial);
CREATE INDEX boosts_shown_of_actor ON boosts (actor, serial);
-- When its author last gave it other words, by our clock: a boost shows what an organiser has read, and nothing later.
ALTER TABLE remote_posts ADD COLUMN changed_at INTEGER;
CREATE INDEX remote_posts_pages ON remote_posts (url);
CREATE INDEX remote_posts_passing ON remote_posts (received_at) WHERE in_timeline = 0 AND comment_on IS NULL;

-- Which updates stand on top of their actor's page; `place` is where the log says so. Derived from the log.
CREATE TABLE pins (
  object TEXT NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL,
  activity TEXT NOT NULL,
  place INTEGER NOT NULL
) STRICT;
CREATE INDEX pins_of_actor ON pins (actor, place);
