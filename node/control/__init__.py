"""The control socket: while the node runs, commands go through it, because only one process may write the store.

HTTP over a Unix socket in the home folder, which only its owner may enter. `POST /<command>` with the parameters
as JSON is answered `{"done": …}` or `{"refused": sentence}`. `client` asks, `server` answers.
"""
