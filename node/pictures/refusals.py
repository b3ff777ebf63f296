"""Why a picture is not taken, as a word that a child process can say and a sentence that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from node.refusal import Refusal

Reason = Literal["strange", "damaged", "unopened", "large", "frames", "heavy", "slow"]

SENTENCES: Final[Mapping[Reason, str]] = {
    "strange": "is no JPEG, PNG, WebP or GIF picture, whatever its name says. Save it as one of these and try again.",
    "damaged": "is damaged or incomplete, so it cannot be opened. Take it from its source again, or save it anew.",
    "unopened": "is damaged, or has more pixels than can be opened safely. Save it anew and smaller (a long side of "
    "2,048 is enough), then try again.",
    "large": "has more pixels than can be opened safely. Make it smaller (a long side of 2,048 is enough), then try "
    "again.",
    "frames": "moves for too long: 200 frames, and 16 million pixels in all of them, are the most. Shorten it or make "
    "it smaller.",
    "heavy": "is more than 40 MiB, or would be more than 15 MiB even after it was made ready. Save it smaller, then "
    "try again.",
    "slow": "takes too long to open, as pictures do that were made to keep a computer busy. Save it anew, then try "
    "again.",
}


class NotTaken(Refusal):
    """This picture is not taken; `reason` tells why."""

    def __init__(self, reason: Reason, name: str = "The picture") -> None:
        self.reason: Final = reason
        super().__init__(f"{name} {SENTENCES[reason]} Nothing was published.")
