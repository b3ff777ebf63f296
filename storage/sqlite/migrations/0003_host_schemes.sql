-- How requests to a host are signed, where it taught us something.
CREATE TABLE host_schemes (
  host TEXT NOT NULL PRIMARY KEY,
  scheme TEXT NOT NULL CHECK (scheme IN ('cavage', 'rfc9421')),
  learnt_at INTEGER NOT NULL
) STRICT;
CREATE INDEX host_schemes_learnt ON host_schemes (learnt_at, host);
