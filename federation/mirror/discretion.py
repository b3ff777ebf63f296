"""An unlisted pact is seen by its two sides alone: what is asked of its other side bears a word that only they know.

The word is made of the ids of both Follows, which were only ever sent from one side to the other. It stands in the
address as `pact`, because logs are read without a signature.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from federation.mirror.source import PushWire
from federation.wire import Answer
from storage.records import Peer

PARAMETER: Final = "pact"
_LENGTH: Final = 32


def pact_word(peer: Peer) -> str | None:
    """What both sides of a pact know; None before both Follows were sent."""
    if peer.follow is None or peer.their_follow is None:
        return None
    both = "\n".join(sorted((peer.follow, peer.their_follow)))
    return hashlib.sha256(both.encode()).hexdigest()[:_LENGTH]


def is_open_to(peer: Peer, word: str | None) -> bool:
    """Whether somebody who says this word may learn that there is a pact; of a listed one everybody may."""
    known = pact_word(peer)
    if not peer.is_unlisted:
        return True
    return known is not None and word is not None and hmac.compare_digest(known.encode(), word.encode())


@dataclass(frozen=True, slots=True)
class PactWire:
    """A door outwards that says to each peer the word of its pact; for what is asked about our own log there."""

    wire: PushWire
    list_mutual: Callable[[], Awaitable[list[Peer]]]

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        """One GET."""
        return await self.wire.get_plain(await self._with_word(url), cap=cap, seconds=seconds)

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        """One POST."""
        return await self.wire.post_plain(await self._with_word(url), body, media_type=media_type, cap=cap)

    async def send_plain(
        self, method: str, url: str, body: bytes, *, headers: Mapping[str, str], cap: int, seconds: float | None
    ) -> Answer:
        """One POST or PUT with headers of one's own."""
        return await self.wire.send_plain(
            method, await self._with_word(url), body, headers=headers, cap=cap, seconds=seconds
        )

    async def _with_word(self, url: str) -> str:
        for peer in await self.list_mutual():
            word = pact_word(peer)
            if word is not None and url.startswith(f"{peer.url}/log/"):
                return f"{url}{'&' if '?' in url else '?'}{PARAMETER}={word}"
        return url
