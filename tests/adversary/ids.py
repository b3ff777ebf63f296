"""What must be refused, and what must survive: every case by its id, in the order of the design.

Learnt from the published failures of servers of this network, 2021 to 2026. `us` is the node under test, `peer` a good
actor, `mal` an attacker with a valid key of its own on another host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SIGNATURES: Final = """
SIG-01 a Create without signature is 401, without a fetch
SIG-02 a digest that is not among the signed headers, and another body, is 401
SIG-03 a signed digest and a body altered by a byte is 401
SIG-05 a digest of MD5 alone is 401
SIG-07 a signature over the date alone is 401
SIG-09 a request made for another host is 401 or 421
SIG-10 a request for one inbox, replayed at another, is 401
SIG-11 a date two hours old or ahead, or none, is 401
SIG-12 a date fifty minutes old or four minutes ahead is 202
SIG-16 the same request twice, also across a restart, is 202 twice with one effect
SIG-18 a key on mal and an actor on peer is 401, and nothing is stored
SIG-19 a key document on mal that claims peer as its owner is 401
SIG-23 a stand-alone key document whose id is not its URL is 401 and not kept
SIG-25 a thousand bad signatures for a known key are one refetch in five minutes
SIG-26 a key that answers 404 or hangs, named a hundred times, is one fetch
SIG-27 an RSA key with the algorithm hmac-sha256 is 401
SIG-28 an HMAC with the PEM as its secret is 401
SIG-30 keys that are certificates, private keys, DSA or a megabyte of noise are refused without a 5xx
SIG-31 an Ed25519 key of small order and a non-canonical S are 401
SIG-33 a signed header given twice is 401
SIG-36 a query in the target is taken only when it is signed
SIG-38 RFC 9421 without @method, @target-uri or content-digest is 401
SIG-39 RFC 9421 with created missing, a string, 2^63 or two hours ahead is 401
SIG-40 RFC 9421 with two labels by two keys is 401
SIG-42 parameters of components that we do not implement are 401
"""

_ORIGIN: Final = """
ORG-01 an activity id on peer signed by mal is refused, and peer's real one is taken later
ORG-02 a Create by mal that embeds a Note with an id on peer is not stored
ORG-03 a Create by mal that embeds a Note by an author on peer is not stored
ORG-05 a Note without id is not stored
ORG-06 a fetched document with another id is not believed
ORG-07 a fetch that was redirected to another host gives that host's documents no other identity
ORG-10 evilpeer.test and peer.test.mal are other origins than peer.test
ORG-11 an Update by mal of what is peer's has no effect
ORG-13 an Update that changes author, id or type is refused
ORG-15 a Delete by mal of what is peer's has no effect
ORG-16 a Delete of an actor signed by another actor of its host has no effect
ORG-17 an Undo by mal of what is peer's has no effect
ORG-20 of an Announce with an embedded forged object only the id is used
ORG-23 a fetch that answers text/html, application/json or ld+json without profile is refused
ORG-25 a JSON file that was uploaded here is never served as ActivityStreams
ORG-26 of WebFinger on mal that points at an actor elsewhere subject and host must confirm each other
ORG-27 a Move without alsoKnownAs moves nobody
ORG-29 our own id as actor, validly signed by another, is 401
ORG-30 a note not addressed to the public is never public and never mirrored
"""

_OUTGOING: Final = """
SSRF-01 loopback and private addresses: no SYN leaves
SSRF-02 link-local, CGNAT and metadata addresses: no SYN leaves
SSRF-03 benchmark, documentation, multicast and reserved addresses: no SYN leaves
SSRF-04 v4-mapped, v4-compatible, NAT64, 6to4, Teredo and site-local addresses: no SYN leaves
SSRF-06 a name with mixed answers is never connected to at a private address
SSRF-07 a name rebound between look-up and connect is never connected to at a private address
SSRF-08 a redirect from public to private is refused at each hop
SSRF-10 redirects in a circle and from https to http are refused
SSRF-11 file: and data: are refused
SSRF-12 ports 22, 25, 6379 and 8080 are refused
SSRF-13 user-info, CR/LF, NUL and URLs of 10 kB are refused before DNS
SSRF-15 a key on a private host, named by anyone, is not connected to
SSRF-17 fifty requests naming keys on one victim are one fetch in ten seconds, then twenty a second
SSRF-18 our own address is never asked
"""

_EXHAUSTION: Final = """
DOS-01 a body over the cap, or endless chunks, is 413 in flat memory
DOS-02 compressed bodies are 415
DOS-04 100,000 nested brackets, 100,000 keys or a number of 5,000 digits are 400
DOS-08 answers of 1 GB, gzip bombs, 1 B/s and headers without end are broken off at the cap
DOS-11 a tree of replies where each note answers a fresh one costs at most 20 fetches and 10 levels
DOS-14 10,000 Deletes of unknown actors are 202 without a fetch
DOS-15 500 signed activities a second by one actor are 429 with Retry-After, and others are unhurt
DOS-17 100,000 failing hosts fill a bounded table
DOS-19 1,000 parallel tries of passwords are at most two hashes at once, and publishing is unhurt
DOS-21 on a disk that is nearly full remote media are refused first, publishing works, and there is an alarm
"""

_PAGES: Final = """
HTML-01 300 samples of XSS and mXSS in a comment or a peer's post are inert in a real browser
HTML-04 links carry nofollow noopener noreferrer ugc
HTML-05 a link whose text names another host shows the real one
HTML-08 50,000 nested tags are refused
HTML-09 remote images, emoji and trackers are never loaded by the reader's browser
HTML-11 stored text in feeds, titles, previews and CSV is escaped for each
MED-01 nothing of a photograph's GPS, maker notes, XMP and comments remains
MED-02 nothing of a video's location remains
MED-03 nothing of a telling file name remains
MED-04 the orientation is applied, and the original is not kept
MED-05 SVG, also named .png, is refused
MED-07 30,000 x 30,000 pixels and 100,000 frames are refused in a bounded child
MED-08 rare formats named .jpg are refused: only JPEG, PNG, WebP and GIF are decoded
MED-09 of 1,000 mutated pictures each is drawn or refused, in a child process with limits; the node lives
"""

_DESK: Final = """
ADM-01 a POST from another site, without a token or with a foreign one, is 403
ADM-02 the same by GET is 405
ADM-04 the session has another id after the login
ADM-05 the cookie is __Host-, Secure, HttpOnly and SameSite
ADM-06 a changed password or a removal ends every session and stream within a second
ADM-07 guessing is slowed down without locking the real organiser out
ADM-10 known and unknown users are alike in answer and time
ADM-13 the CSP is default-src 'none' with form-action 'self' and frame-ancestors 'none', no-referrer
ADM-15 next=//evil leads to local paths only
ADM-17 export, move and deletion ask for the second factor again
"""

_NETWORK: Final = """
HTTP-01 the same URL is HTML and ActivityStreams through a cache
HTTP-02 Vary: Accept stands on every answer, errors too
HTTP-09 error pages hold no stack, version or path
JSN-01 duplicate keys are 400
JSN-05 LD signatures are ignored, valid or not
JSN-06 a proof over a changed field is invalid
JSN-09 a proof with a changed option or of another suite is invalid
JSN-10 a proof by the key of another or in an odd multibase is invalid
JSN-11 arrays for types, objects for strings and null everywhere are 400 or 202, never 5xx
MIR-01 what a mirror or an origin alters is noticed, refused and not shown
MIR-02 a record that is rolled back is noticed, refused and kept as evidence
MIR-03 a record that is truncated gets no receipt
MIR-04 two heads of one size are kept as evidence and shown
MIR-06 what the origin retracts is gone at once, its bytes after the grace
MIR-07 a peer that pushes 50 GB meets its quota; own posts and sign-ups are untouched
MIR-08 a removed peer is out of inbox, pulls, pushes, pages, wire and queue
MIR-09 the domain of a peer is taken over: the pinned did decides
MIR-10 our own domain is taken over: the pinned did decides
SEC-01 the data folder, its journal and temporary files hold no planted name of a supporter
SEC-02 logs and backups hold no planted name of a supporter
SEC-06 a backup with a flipped byte, a missing part or an older one renamed is told by `backup check`
SEC-08 the logs of a full run hold no client address, User-Agent, e-mail, cookie, token or sign-up query
SEC-10 key files are 0600, not in process arguments, and not in a clear backup
SEC-11 who follows is told to organisers alone: not by a page, a collection, a length, a tag or another answer
SEC-12 who left is in no row and no file of the store after a month
"""


def _read(group: str) -> dict[str, str]:
    return {id: says for id, _, says in (line.partition(" ") for line in group.strip().splitlines())}


REQUIRED: Final[Mapping[str, str]] = {
    **_read(_SIGNATURES),
    **_read(_ORIGIN),
    **_read(_OUTGOING),
    **_read(_EXHAUSTION),
    **_read(_PAGES),
    **_read(_DESK),
    **_read(_NETWORK),
}
"""By id what is required."""
