-- What speaks against a log, and stops it, apart from what others claim of its union (a charter beside ours: entries of a
-- log stand alone) and from what is not served as it was signed (an entry and its activity begin with "{").
ALTER TABLE evidence RENAME TO older_evidence;
DROP INDEX evidence_found;
DROP INDEX evidence_found_of;

CREATE TABLE evidence (
  did TEXT NOT NULL,
  digest TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('fork', 'charter', 'home', 'unserved', 'claim', 'lapse')),
  found_at INTEGER NOT NULL,
  first BLOB NOT NULL,
  second BLOB NOT NULL,
  PRIMARY KEY (did, digest)
) STRICT;
CREATE INDEX evidence_found ON evidence (found_at, did, digest);
CREATE INDEX evidence_found_of ON evidence (did, found_at, digest);

INSERT INTO evidence (did, digest, kind, found_at, first, second)
SELECT did, digest,
  CASE
    WHEN kind = 'home' AND length(second) > 0 THEN 'claim'
    WHEN kind = 'unserved' AND length(second) > 0 AND substr(first, 1, 1) IS NOT X'7B' THEN 'lapse'
    ELSE kind
  END,
  found_at, first, second
FROM older_evidence;
DROP TABLE older_evidence;
