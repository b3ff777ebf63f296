"""What a file is and how large it claims to be, from its content alone and before anything is decoded.

Only JPEG, PNG, WebP and GIF are known; a name or an ending counts for nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from node.pictures.refusals import NotTaken

MediaType = Literal["image/jpeg", "image/png", "image/webp", "image/gif"]

LARGEST_FILE: Final = 40 * 1024 * 1024
LARGEST_PICTURE: Final = 15 * 1024 * 1024
"""Bytes once drawn anew; Mastodon fetches pictures of at most 16 MB."""
LARGEST_ANSWER: Final = LARGEST_PICTURE + 2 * 1024 * 1024
"""Bytes a child may write: a picture, its preview and a line."""
LONGEST_SIDE: Final = 20_000
MOST_PIXELS: Final = 40_000_000
MOST_JPEG_PIXELS: Final = 160_000_000
"""A JPEG is decoded at a fraction of its size, so it may be larger: what the largest phone cameras make."""
MOST_FRAMES: Final = 200
MOST_MOVING_PIXELS: Final = 16_000_000
"""Of all frames together."""
_MOST_STEPS: Final = 100_000
"""Blocks walked through before a file counts as damaged."""
_FRAME_HEADERS: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG's SOF markers (T.81 B.1.1.3)."""
_BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a picture says of itself."""

    media_type: MediaType
    width: int
    height: int
    frames: int
    """1 for a still. Counting ends one beyond the most that is taken."""


def examine(raw: bytes) -> Header:
    """Recognise a picture and refuse what is too large to be decoded; `NotTaken`."""
    read = next((reader for magic, reader in _READERS if _matches(raw, magic)), None)
    if read is None:
        raise NotTaken("strange")
    try:
        header = read(raw)
    except (IndexError, struct.error):
        raise NotTaken("damaged") from None
    _refuse_too_large(header)
    return header


def _refuse_too_large(header: Header) -> None:
    width, height, frames = header.width, header.height, header.frames
    if width < 1 or height < 1:
        raise NotTaken("damaged")
    most = MOST_JPEG_PIXELS if header.media_type == "image/jpeg" else MOST_PIXELS
    if max(width, height) > LONGEST_SIDE or width * height > most:
        raise NotTaken("large")
    if frames > MOST_FRAMES or (frames > 1 and width * height * frames > MOST_MOVING_PIXELS):
        raise NotTaken("frames")


def _read_png(raw: bytes) -> Header:
    """PNG (§11.2.2): the first chunk is IHDR. Of an animated one the still is taken."""
    if raw[12:16] != b"IHDR":
        raise NotTaken("damaged")
    width, height = struct.unpack_from(">II", raw, 16)
    return Header(media_type="image/png", width=width, height=height, frames=1)


def _read_jpeg(raw: bytes) -> Header:
    """JPEG (T.81 B.2): the first frame header among the segments before the scan."""
    at = 2
    for _ in range(_MOST_STEPS):
        if raw[at] != 0xFF:
            raise NotTaken("damaged")
        marker = raw[at + 1]
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", raw, at + 5)
            return Header(media_type="image/jpeg", width=width, height=height, frames=1)
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _BARE_MARKERS:
            at += 2
        else:
            at += 2 + _at_least(2, struct.unpack_from(">H", raw, at + 2)[0])
    raise NotTaken("damaged")


def _read_gif(raw: bytes) -> Header:
    """GIF89a (§§18–26): screen size, and as many images as there are, to one beyond the most."""
    width, height, flags = struct.unpack_from("<HHB", raw, 6)
    at, frames = 13 + _colour_table(flags), 0
    for _ in range(_MOST_STEPS):
        if at >= len(raw) or raw[at] == 0x3B or frames > MOST_FRAMES:
            return Header(media_type="image/gif", width=width, height=height, frames=max(frames, 1))
        if raw[at] == 0x21:  # extension: introducer, label, sub-blocks
            at = _after_blocks(raw, at + 2)
        elif raw[at] == 0x2C:  # image: descriptor, colour table, code size, sub-blocks
            inner_width, inner_height, flags = struct.unpack_from("<HHB", raw, at + 5)
            width, height = max(width, inner_width), max(height, inner_height)
            at, frames = _after_blocks(raw, at + 11 + _colour_table(flags)), frames + 1
        else:
            raise NotTaken("damaged")
    raise NotTaken("damaged")


def _after_blocks(raw: bytes, at: int) -> int:
    while at < len(raw) and raw[at]:
        at += raw[at] + 1
    return at + 1


def _colour_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _read_webp(raw: bytes) -> Header:
    """WebP (RFC 9649 §2): simple lossy or lossless, or extended with a canvas and perhaps frames."""
    kind = raw[12:16]
    if kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", raw, 26))
        return Header(media_type="image/webp", width=width, height=height, frames=1)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", raw, 21)
        return Header(media_type="image/webp", width=(bits & 0x3FFF) + 1, height=(bits >> 14 & 0x3FFF) + 1, frames=1)
    if kind != b"VP8X":
        raise NotTaken("damaged")
    width, height = (int.from_bytes(raw[at : at + 3], "little") + 1 for at in (24, 27))
    return Header(media_type="image/webp", width=width, height=height, frames=_count_webp_frames(raw))


def _count_webp_frames(raw: bytes) -> int:
    at, frames = 12, 0
    for _ in range(_MOST_STEPS):
        if at + 8 > len(raw) or frames > MOST_FRAMES:
            return max(frames, 1)
        (length,) = struct.unpack_from("<I", raw, at + 4)
        frames += raw[at : at + 4] == b"ANMF"
        at += 8 + length + length % 2
    raise NotTaken("damaged")


def _at_least(least: int, length: int) -> int:
    if length < least:
        raise NotTaken("damaged")
    return length


def _matches(raw: bytes, magic: bytes) -> bool:
    """Whether the first bytes are these; `?` stands for any byte."""
    start = raw[: len(magic)]
    return len(start) == len(magic) and all(want in (have, ord("?")) for have, want in zip(start, magic, strict=True))


_READERS: Final[tuple[tuple[bytes, Callable[[bytes], Header]], ...]] = (
    (b"\xff\xd8\xff", _read_jpeg),
    (b"\x89PNG\r\n\x1a\n", _read_png),
    (b"GIF87a", _read_gif),
    (b"GIF89a", _read_gif),
    (b"RIFF????WEBP", _read_webp),
)
