"""A door outwards for as long as a pact stands: whoever ends it is asked nothing more, and nothing more is taken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from federation.mirror.source import PlainWire, Source
from federation.wire import Answer


@dataclass(frozen=True, slots=True)
class HeedingWire:
    """Looks before each request, and again before what is answered is used."""

    wire: PlainWire
    go_on: Callable[[], Awaitable[None]]
    """Raises `PactEnded`; cheap."""

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        """One GET."""
        await self.go_on()
        answer = await self.wire.get_plain(url, cap=cap, seconds=seconds)
        await self.go_on()
        return answer

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        """One POST."""
        await self.go_on()
        answer = await self.wire.post_plain(url, body, media_type=media_type, cap=cap)
        await self.go_on()
        return answer


def heeding(sources: Sequence[Source], go_on: Callable[[], Awaitable[None]]) -> list[Source]:
    """The same places, each behind such a door."""
    return [replace(source, wire=HeedingWire(source.wire, go_on)) for source in sources]
