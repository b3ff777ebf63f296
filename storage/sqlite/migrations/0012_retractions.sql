-- What unions took back with their kits.

CREATE TABLE retractions (
  did TEXT NOT NULL,
  object TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (did, object)
) STRICT;
CREATE INDEX retractions_kept ON retractions (did, kept_at DESC, object);
