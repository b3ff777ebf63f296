"""Entries on their way to a mirror: the body of `add-entries` and its answers (C2SP tlog-mirror); pure.

Packages end at multiples of 256 entries. Each has a proof that the subtree from the multiple of 256 below it up to its
end stands in the tree of the upload's size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from federation.tlog.errors import BadUpload
from federation.tlog.lines import read_base64, read_decimal, write_base64
from federation.tlog.merkle import HASH_SIZE, MAX_PROOF
from federation.tlog.ranges import MAX_SIZE
from federation.tlog.tiles import TILE_WIDTH, write_bundle

UPLOAD_TYPE: Final = "application/octet-stream"
INFO_TYPE: Final = "text/x.tlog.mirror-info"
MOST_PACKAGES: Final = 32
"""In one request (tlog-mirror, implementation considerations)."""
_LENGTH: Final = 2
_SIZE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is uploaded: entries [start, end) of the tree of size `end`."""

    origin: str
    start: int
    end: int
    ticket: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Entries [start, end) of one package, and where the subtree begins that its proof is for."""

    first: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The entries of a span, and their proof; nothing of it is verified."""

    span: Span
    entries: Sequence[bytes]
    proof: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorInfo:
    """What a mirror says of itself in 409 and 202: the size to upload to, and the first entry that it lacks."""

    size: int
    next: int
    ticket: bytes = b""


def spans(start: int, end: int) -> Iterator[Span]:
    """The canonical sequence."""
    while start < end:
        first = start - start % TILE_WIDTH
        until = min(first + TILE_WIDTH, end)
        yield Span(first=first, start=start, end=until)
        start = until


def write_upload(upload: Upload) -> bytes:
    """What comes before the packages."""
    origin = upload.origin.encode()
    sizes = upload.start.to_bytes(_SIZE, "big") + upload.end.to_bytes(_SIZE, "big")
    return write_bundle([origin]) + sizes + write_bundle([upload.ticket])


def write_package(entries: Sequence[bytes], proof: Sequence[bytes]) -> bytes:
    """One package."""
    return write_bundle(entries) + bytes([len(proof)]) + b"".join(proof)


def write_info(info: MirrorInfo) -> bytes:
    """The three lines."""
    return f"{info.size}\n{info.next}\n{write_base64(info.ticket)}\n".encode()


def read_info(raw: bytes) -> MirrorInfo:
    """What three lines say; raises BadUpload."""
    try:
        size, next, ticket, rest = raw.decode("ascii").split("\n")
        info = MirrorInfo(size=read_decimal(size), next=read_decimal(next), ticket=read_base64(ticket))
    except ValueError:
        raise BadUpload("A mirror does not say in three lines how far it is; nothing can be uploaded to it.") from None
    if rest:
        raise BadUpload("A mirror says more than three lines of how far it is; nothing can be uploaded to it.")
    return info


@dataclass(slots=True, kw_only=True)
class UploadReader:
    """Reads an upload as its bytes come, and holds no more of it than one package. Each verb raises BadUpload."""

    largest_entry: int
    """Bytes; a longer one is refused when its length is seen."""
    _buffer: bytearray = field(default_factory=bytearray)
    _at: int = 0
    _spans: Iterator[Span] = field(default_factory=lambda: iter(()))
    _span: Span | None = None
    _entries: list[bytes] = field(default_factory=list)

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += piece

    def read_upload(self) -> Upload | None:
        """What comes before the packages, once it is there."""
        begin = self._at
        origin, sizes = self._read_bytes(), self._take(2 * _SIZE)
        ticket = self._read_bytes()
        if origin is None or sizes is None or ticket is None:
            self._at = begin
            return None
        start, end = int.from_bytes(sizes[:_SIZE], "big"), int.from_bytes(sizes[_SIZE:], "big")
        if not start <= end <= MAX_SIZE:
            raise BadUpload("An upload of entries ends before it starts, or where no log does.")
        self._spans = spans(start, end)
        self._span = next(self._spans, None)
        try:
            return Upload(origin=origin.decode(), start=start, end=end, ticket=ticket)
        except UnicodeDecodeError:
            raise BadUpload("The origin of the log in an upload is no text.") from None

    @property
    def is_over(self) -> bool:
        """Whether the last package was read, once it is known what is uploaded."""
        return self._span is None

    def read_package(self) -> Package | None:
        """The next package, once it is there whole; None also behind the last one."""
        span = self._span
        if span is None:
            return None
        while len(self._entries) < span.end - span.start:
            entry = self._read_bytes(self.largest_entry)
            if entry is None:
                return None
            self._entries.append(entry)
        proof = self._read_proof()
        if proof is None:
            return None
        package = Package(span=span, entries=self._entries, proof=proof)
        self._span, self._entries = next(self._spans, None), []
        return package

    def _read_proof(self) -> list[bytes] | None:
        begin = self._at
        count = self._take(1)
        if count is not None and count[0] > MAX_PROOF:
            raise BadUpload(f"A proof has at most {MAX_PROOF} hashes; this one says that it has {count[0]}.")
        raw = None if count is None else self._take(count[0] * HASH_SIZE)
        if raw is None:
            self._at = begin
            return None
        return [raw[at : at + HASH_SIZE] for at in range(0, len(raw), HASH_SIZE)]

    def _read_bytes(self, most: int | None = None) -> bytes | None:
        """Bytes behind their length; nothing is read when they are not all there."""
        begin = self._at
        length = self._take(_LENGTH)
        if length is None:
            return None
        count = int.from_bytes(length, "big")
        if most is not None and count > most:
            raise BadUpload(f"An entry has {count} bytes, more than the {most} that one may have; none of it is taken.")
        found = self._take(count)
        if found is None:
            self._at = begin
        return found

    def _take(self, count: int) -> bytes | None:
        found = bytes(self._buffer[self._at : self._at + count])
        if len(found) < count:
            return None
        self._at += count
        return found
