-- The files of a post's pictures: at each place the picture itself and, where there is one, its preview.
CREATE TABLE post_media (
  post TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('picture', 'preview')),
  digest TEXT NOT NULL,
  media_type TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  size INTEGER NOT NULL,
  blurhash TEXT NOT NULL,
  alt TEXT NOT NULL,
  PRIMARY KEY (post, place, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_media_named ON post_media (digest);
