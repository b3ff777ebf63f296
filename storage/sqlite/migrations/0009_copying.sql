-- How far a copy into this store has got; a whole store has no row here.
CREATE TABLE copying (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
