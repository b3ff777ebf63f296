"""The store in one SQLite file: the default, for one process on one machine.

`connection` opens it and sets what SQLite must keep, `migrate` brings it to this release's tables,
`database` is the one writer thread and the readers beside it, `table` turns records into rows. One file per
noun holds that noun's verbs, and `store` joins them.
"""
