-- How many replies of one author wait under an update, and how many are shown, without reading them.
CREATE INDEX remote_posts_comments_counted ON remote_posts (comment_on, comment_state, actor)
  WHERE comment_on IS NOT NULL;
