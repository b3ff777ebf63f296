"""Reading a log from whoever serves it: the union's home or a mirror. Nothing is believed for where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from federation.errors import BadAnswer, NotJson
from federation.mirror.errors import BadSource
from federation.strictjson import load_object
from federation.tlog.errors import BadBundle
from federation.tlog.tiles import TILE_WIDTH, TileKey, read_bundle, tile_path, tile_width
from federation.wire import MEBIBYTE, Answer
from storage.ids import Did, Digest, LogName

LARGEST_PAGE: Final = 2 * MEBIBYTE
LARGEST_NOTE: Final = 64 * 1024
PAGE: Final = 256
"""Activities asked for at once."""
_HASH: Final = 32
_SHORT: Final = 64
"""Bytes; no activity is so short, and a line that says `withdrawn` is."""
_MEDIA_SECONDS: Final = 60.0
_LARGEST_WORD: Final = 1024


class PlainWire(Protocol):
    """The door outwards, as far as logs need it."""

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        """One GET; the status tells how it went."""

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        """One POST, with what is answered."""


class PushWire(PlainWire, Protocol):
    """The door outwards, with headers of one's own."""

    async def send_plain(
        self, method: str, url: str, body: bytes, *, headers: Mapping[str, str], cap: int, seconds: float | None
    ) -> Answer:
        """One POST or PUT, with what is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that serves one log. Every verb raises `Unreachable`, of which `BadSource` is a kind."""

    wire: PlainWire
    home: str
    """Base URL of the node that serves it."""
    log: LogName

    async def checkpoint(self, size: int | None = None) -> bytes:
        """The signed note of its head; with a size it may be waited for, up to 8 s."""
        return await self._get("checkpoint" if size is None else f"checkpoint?size={size}", LARGEST_NOTE)

    async def tiles(self, wanted: Sequence[TileKey], size: int) -> Mapping[TileKey, bytes]:
        """Tiles of hashes as they are in a tree of that size."""
        return {key: await self._tile(*key, tile_width(*key, size)) for key in wanted}

    async def entries(self, start: int, end: int) -> list[bytes]:
        """The entries [start, end), which lie in one bundle, of a log that has at least `end`."""
        number, first = divmod(start, TILE_WIDTH)
        width = end - number * TILE_WIDTH
        raw = await self._whole_or_part("entries", number, width, LARGEST_PAGE)
        try:
            entries = read_bundle(raw, most=TILE_WIDTH)
        except BadBundle as problem:
            raise BadSource(f"{self.home} serves a bundle of entries that is none: {problem}") from None
        if len(entries) < width:
            raise BadSource(f"{self.home} serves fewer entries than the head has that the log signed.")
        return entries[first:width]

    async def activities(self, start: int, limit: int = PAGE) -> list[bytes | None]:
        """The activities of entries from `start` on, as many as the page holds; None where it says: withdrawn."""
        raw = await self._get(f"activities?from={start}&limit={limit}", LARGEST_PAGE)
        lines = raw.split(b"\n")
        if not lines[-1]:
            lines.pop()
        if not 0 < len(lines) <= limit:
            raise BadSource(f"{self.home} answers with another number of activities than it was asked for.")
        return [_read_line(line) for line in lines]

    async def activity(self, digest: str) -> bytes | None:
        """The bytes with this digest; None where they are not, or not any more."""
        return await self._find(f"activity/{digest}", MEBIBYTE)

    async def media(self, digest: Digest, *, cap: int) -> bytes | None:
        """The file with this digest."""
        return await self._find(f"media/{digest}", cap, _MEDIA_SECONDS)

    async def withheld(self) -> frozenset[str]:
        """The objects that its organisers do not show, as it says in public."""
        try:
            document = load_object(await self._get("withheld", MEBIBYTE))
        except NotJson:
            raise BadSource(f"{self.home} does not say what it withholds.") from None
        rows = document.get("withheld")
        found = [row.get("object") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return frozenset(one for one in found if isinstance(one, str))

    async def home_word(self) -> bytes | None:
        """What it says of the union's own server (`federation.mirror.hearing`); None when it says nothing."""
        return await self._find("home", _LARGEST_WORD)

    async def _tile(self, level: int, number: int, width: int) -> bytes:
        if width <= 0:
            raise BadSource(f"A tile outside of the tree of {self.log} was asked for.")
        raw = await self._whole_or_part(level, number, width, TILE_WIDTH * _HASH)
        if len(raw) < width * _HASH:
            raise BadSource(f"{self.home} serves a tile that is shorter than the tree has it.")
        return raw[: width * _HASH]

    async def _whole_or_part(self, level: int | str, number: int, width: int, cap: int) -> bytes:
        """A partial tile may be gone once the whole one is there (tlog-tiles)."""
        path = tile_path(level, number, width)  # type: ignore[arg-type]
        found = await self._find(path, cap)
        if found is None and width < TILE_WIDTH:
            found = await self._find(tile_path(level, number), cap)  # type: ignore[arg-type]
        if found is None:
            raise BadSource(f"{self.home} does not serve {path} of {self.log}.")
        return found

    async def _get(self, path: str, cap: int) -> bytes:
        found = await self._find(path, cap)
        if found is None:
            raise BadSource(f"{self.home} does not serve {path.partition('?')[0]} of {self.log}.")
        return found

    async def _find(self, path: str, cap: int, seconds: float | None = None) -> bytes | None:
        answer = await self.wire.get_plain(f"{self.home}/log/{self.log}/{path}", cap=cap, seconds=seconds)
        if answer.status in {404, 410}:
            return None
        if answer.status != 200:
            raise BadAnswer(f"{self.home} answered {answer.status} instead of its log.", status=answer.status)
        return answer.body


async def fetch_charter(wire: PlainWire, home: str, union: Did) -> bytes | None:
    """The newest charter of a union that this node knows, not looked at yet; raises `Unreachable`."""
    answer = await wire.get_plain(f"{home}/log/{union}/charter", cap=MEBIBYTE)
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise BadAnswer(f"{home} answered {answer.status} instead of a charter.", status=answer.status)
    return answer.body


def _read_line(line: bytes) -> bytes | None:
    if len(line) > _SHORT:
        return line
    try:
        if load_object(line).keys() == {"withdrawn"}:
            return None
    except NotJson:
        pass
    return line
