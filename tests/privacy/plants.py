"""What is planted in a run, and the few places where some of it may stand afterwards.

A plant is a word that nothing else holds. Whoever finds one where the table does not allow it has found a leak.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BEHIND_A_PROXY: Final[Mapping[str, str]] = {
    "X-Forwarded-For": "198.51.100.231, 203.0.113.232",
    "Forwarded": "for=203.0.113.233;proto=https",
    "X-Real-IP": "203.0.113.234",
    "True-Client-IP": "2001:db8:77::235",
    "Via": "1.1 planted-via",
}
GIVEN_AWAY: Final[Mapping[str, str]] = {
    **BEHIND_A_PROXY,
    "User-Agent": "planted-agent/7",
    "Authorization": "Bearer planted-token",
    "Cookie": "session=planted-cookie",
    "Referer": "https://intranet.example/planted-referrer",
    "From": "planted-mail@example.org",
    "Accept-Language": "x-planted-tongue",
}
"""What a client may give away of itself with every request."""
DIRECT: Final = "127.0.0.238"
"""The real address of those who come without a web server in front."""
QUERY: Final = "access_token=planted-query&email=planted-mail%40example.org"

FOLLOWER: Final = "planted-follower"
LEAVER: Final = "planted-leaver"
REPORTER: Final = "planted-reporter"
BLOCKED: Final = "planted-blocked"
MOVER: Final = "planted-mover"
MOVED: Final = "planted-goal"
FORGER: Final = "planted-forger"

HELD_WORDS: Final = "planted-held-words"
PRIVATE_WORDS: Final = "planted-private-words"
REFUSED_WORDS: Final = "planted-refused-words"
REPORT_WORDS: Final = "planted-report-words"
HIDDEN_WORDS: Final = "planted-hidden-words"

NOWHERE: Final = (
    "198.51.100.231",
    "203.0.113.232",
    "203.0.113.233",
    "203.0.113.234",
    "2001:db8:77::235",
    DIRECT,
    "planted-via",
    "planted-agent",
    "planted-token",
    "planted-cookie",
    "planted-referrer",
    "planted-mail",
    "planted-tongue",
    "planted-query",
    "planted-path",
    FORGER,
    REFUSED_WORDS,
)
"""Who asked, with what, and what was refused."""

_SHOWN: Final = ("remote_actors", "remote_keys", "received")
"""What a server shows of its actor, its key, and that something of it was taken (no words of it)."""
IN_OUR_STORE: Final[Mapping[str, frozenset[str]]] = {
    FOLLOWER: frozenset({*_SHOWN, "followers", "activities", "deliveries", "reactions", "remote_posts"}),
    LEAVER: frozenset({*_SHOWN, "activities", "deliveries"}),
    REPORTER: frozenset({*_SHOWN, "reports"}),
    BLOCKED: frozenset({*_SHOWN, "blocks", "activities", "deliveries"}),
    MOVER: frozenset({*_SHOWN, "followers", "activities", "deliveries", "moves"}),
    MOVED: frozenset({"remote_actors", "remote_keys", "moves"}),
    HELD_WORDS: frozenset({"remote_posts"}),
    HIDDEN_WORDS: frozenset({"remote_posts"}),
    PRIVATE_WORDS: frozenset({"remote_posts"}),
    REPORT_WORDS: frozenset({"reports"}),
}
"""By plant the tables of our own store that need it; no other file, no log and no other node may hold it."""

PLANTS: Final = (*NOWHERE, *IN_OUR_STORE)
