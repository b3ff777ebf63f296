-- Work that one process at a time does; `due_at` is when it may next be claimed, while it is claimed when the claim lapses.
CREATE TABLE jobs (
  name TEXT NOT NULL PRIMARY KEY,
  lease TEXT,
  due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers that grow when something changed, so that each process forgets what it keeps in memory.
CREATE TABLE news (
  subject TEXT NOT NULL PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who works on this store.
CREATE TABLE processes (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('serve', 'worker')),
  version TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What all processes together have spent of each budget, until it begins anew.
CREATE TABLE spending (
  budget TEXT NOT NULL PRIMARY KEY,
  spent INTEGER NOT NULL,
  keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spending_over ON spending (keep_until);
