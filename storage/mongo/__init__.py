"""`Store` in MongoDB, through motor or PyMongo's own asynchronous API.

`driver` is the only file that knows which of the two; `database` runs steps, with or without a transaction; the
other files are the nouns of `storage.store`, one each, with the names they have in `storage.sqlite`.
"""
