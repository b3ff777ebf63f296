"""Pictures made safe to show: whatever an organiser hands in is drawn anew, and only the new drawing is kept.

`headers` recognises a file by its content and refuses what is too large, reading a few bytes; `clean` starts a child
process for one file and takes back what it drew; in the child, `child` gives up every right it does not need, and
`redraw` decodes, turns, converts and encodes. Nothing of the file but its pixels comes through. `keeping` puts the
result in place, and `carried` is how a command names it. None of this needs an opened node, so that the command line
does it itself: a running node never sees what an organiser's phone wrote.
"""
