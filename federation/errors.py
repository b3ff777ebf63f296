"""What can be wrong between us and the network.

    FederationError
    ├── Refused              we understood, and say no
    │   ├── BadSignature     no proof of who sent it                      → 401
    │   ├── NotTheSigner     the signer is not the actor it speaks for    → 401
    │   ├── NotTheOwner      the actor may not say this about that object → 403
    │   ├── Blocked          an organiser wants nothing of this actor     → 403
    │   ├── NotMoved         the target of a Move does not say so too (after 202)
    │   ├── CharterRefused   a charter that is signed, and not believed all the same
    │   │   ├── UnknownUnion     of a union that nobody here has named
    │   │   ├── OldCharter       an earlier epoch than the one we know
    │   │   ├── CharterConflict  another of the same epoch stands against it
    │   │   └── HomeTaken        it claims our own host, or the home of a union that is pinned
    │   ├── TooManyHeld      enough of this actor's words wait to be read (after 202)
    │   ├── HeadRefused      our own record does not extend the head that was signed for it
    │   └── TooMany          over a budget                                → 429
    ├── Unintelligible       it does not mean anything                    → 400
    │   ├── NotJson          not strict JSON
    │   ├── NotActivity      JSON, but not the shape of an activity
    │   ├── NoNode           a server that answers, and is no Picketline node of the union it names
    │   ├── NothingToRead    an object for our readers, but without words, author or id (after 202)
    │   └── BadKey           no public key we can use
    ├── OutOfKeys            we lack a private key of ours; nothing was sent    → 503
    └── Unreachable          we asked the network and got no usable answer
        ├── ForbiddenAddress the address gate said no; nothing was sent
        ├── NoAnswer         look-up, connection or time failed
        ├── BadAnswer        an answer, but not one we can use (`.status` when there was one)
        └── TooLarge         more bytes than we read

The text is for our own organisers and logs: it names hosts and ids, never bodies, keys or client addresses.
What a stranger gets is chosen by the status alone.
"""


class FederationError(Exception):
    """Anything the federation floor refuses."""


class Refused(FederationError):
    """We understood, and say no."""


class BadSignature(Refused):
    """The request or document does not prove who sent it."""


class NotTheSigner(Refused):
    """The signer is not the actor the activity speaks for."""


class NotTheOwner(Refused):
    """The actor may not say this about that object."""


class Blocked(Refused):
    """An organiser wants nothing to do with this actor or its host."""


class NotMoved(Refused):
    """A Move that is not believed."""


class CharterRefused(Refused):
    """A charter signed by its root key that is not believed all the same."""


class UnknownUnion(CharterRefused):
    """Of a union that none of our organisers has named, and that has not asked."""


class OldCharter(CharterRefused):
    """Of an earlier epoch than the one we know: a higher one wins, a lower one is refused."""


class CharterConflict(CharterRefused):
    """Two charters of one epoch that say different things; people must settle it."""


class HomeTaken(CharterRefused):
    """It claims our own host, or the home of another union that is pinned."""


class TooManyHeld(Refused):
    """Enough of what this actor sent waits for an organiser already: replies to one update, or reports."""


class HeadRefused(Refused):
    """Our own record does not extend the head that was signed for it, so nothing more is signed or published."""


class TooMany(Refused):
    """Over a budget; `retry_after` in whole seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unintelligible(FederationError):
    """It does not mean anything to us."""


class NotJson(Unintelligible):
    """Not strict JSON."""


class NotActivity(Unintelligible):
    """JSON, but not the shape of an activity."""


class NoNode(Unintelligible):
    """It answers, but it is no Picketline node, or not one of the union that it names."""


class NothingToRead(Unintelligible):
    """It would be shown, but there are no words, or nobody certain who said them."""


class BadKey(Unintelligible):
    """No public key we can use."""


class OutOfKeys(FederationError):
    """A private key of ours is not on this machine, so nothing was sent; another machine may have it."""


class Unreachable(FederationError):
    """We asked the network and got no usable answer."""


class ForbiddenAddress(Unreachable):
    """The address gate said no; nothing was sent."""


class NoAnswer(Unreachable):
    """Look-up, connection or time failed."""


class BadAnswer(Unreachable):
    """An answer we cannot use."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TooLarge(Unreachable):
    """More bytes than we read."""
