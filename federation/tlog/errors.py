"""What can be wrong with a log, or with what somebody says about one.

FederationError
├── Refused
│   └── BadProof              the hashes do not lead to the root that was promised      → 422
├── Unintelligible
│   ├── BadNote               not a signed note
│   │   └── NotSigned         a note that the key asked for did not sign
│   ├── BadCheckpoint         a note, but not the head of that log                      → 400
│   │   └── ForgedCheckpoint  it reads as one, but the log's key did not sign it        → 403
│   ├── BadBundle             not a sequence of entries
│   ├── BadUpload             not entries on their way to a mirror
│   └── BadProofFile          not a tlog-proof
└── MissingTile               a tile of ours is not where it must be (`.key`)
"""

from __future__ import annotations

from federation.errors import FederationError, Refused, Unintelligible


class BadProof(Refused):
    """The hashes do not lead to the root that was promised."""


class BadNote(Unintelligible):
    """Not a signed note (C2SP signed-note)."""


class NotSigned(BadNote):
    """A note that carries no valid signature of the key asked for."""


class BadCheckpoint(Unintelligible):
    """Not the head of the log asked for (C2SP tlog-checkpoint)."""


class ForgedCheckpoint(BadCheckpoint):
    """A head that the log's key did not sign."""


class BadBundle(Unintelligible):
    """Not a sequence of entries, each behind its length (C2SP tlog-tiles)."""


class BadUpload(Unintelligible):
    """Not entries on their way to a mirror, nor what a mirror answers to them (C2SP tlog-mirror)."""


class BadProofFile(Unintelligible):
    """Not a proof that can be checked offline (C2SP tlog-proof)."""


class MissingTile(FederationError):
    """Too few hashes are known at `key`, (level, number)."""

    def __init__(self, key: tuple[int, int]) -> None:
        level, number = key
        super().__init__(
            f"Tile {number} of level {level} is missing or too short, so the tree cannot be computed; "
            "run `picketline mirror verify` to see what is damaged."
        )
        self.key = key
