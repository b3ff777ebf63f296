"""Looking for words in bytes, however they are written there."""

from __future__ import annotations

import base64
import html
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

_ZLIB: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_GZIP: Final = b"\x1f\x8b\x08"
_LONGEST: Final = 16 * 1024 * 1024
"""Bytes that a packed stretch may have when it is unpacked."""


def find(words: Iterable[str], raw: bytes) -> set[str]:
    """Which of these words stand in the bytes, plain, encoded or packed; capital letters do not matter."""
    stretches = [raw, *_unpacked(raw)]
    return {word for word in words if any(_stands_in(word, stretch) for stretch in stretches)}


def find_in_folder(words: Iterable[str], folder: Path) -> dict[str, set[str]]:
    """By the name of each file below a folder the words that stand in it, or in its name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        there = find(words, name.encode()) | (find(words, path.read_bytes()) if path.is_file() else set())
        if there:
            found[name] = there
    return found


def find_in_tables(words: Iterable[str], file: Path) -> dict[str, set[str]]:
    """By word the tables of an SQLite file that hold it; nothing is written."""
    found: dict[str, set[str]] = {word: set() for word in words}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for word in find(found, b"\n".join(_values(connection, table))):
                found[word].add(table)
    return found


def _values(connection: sqlite3.Connection, table: str) -> Iterator[bytes]:
    for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  names from the file itself
        yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)


def _stands_in(word: str, raw: bytes) -> bool:
    lower = raw.lower()
    return any(form in lower for form in forms(word)) or any(form in raw for form in packed_forms(word))


@cache
def forms(word: str) -> tuple[bytes, ...]:
    """A word as people, documents, addresses and other machines write it; all in small letters."""
    small = word.lower()
    written = {
        "plain": small,
        "percent": quote(small, safe="").lower(),
        "every letter percent": "".join(f"%{byte:02x}" for byte in small.encode()),
        "json": "".join(f"\\u{ord(letter):04x}" for letter in small),
        "json dashes": json.dumps(small).strip('"').replace("/", "\\/"),
        "html": html.escape(small),
        "html numbers": "".join(f"&#{ord(letter)};" for letter in small),
        "html hex": "".join(f"&#x{ord(letter):x};" for letter in small),
        "hex": small.encode().hex(),
        "backwards": small[::-1],
    }
    wide = (small.encode("utf-16-le"), small.encode("utf-16-be"), small.encode("utf-32-le"))
    return tuple({*(form.encode() for form in written.values()), *wide})


@cache
def packed_forms(word: str) -> tuple[bytes, ...]:
    """The same in base64, wherever in three bytes it begins; capital letters matter there."""
    found = set()
    for spelt in (word, word.title(), word.capitalize()):
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + spelt.encode())
            middle = whole[(0, 2, 3)[before] : -4].rstrip(b"=")
            found |= {middle, middle.replace(b"+", b"-").replace(b"/", b"_")}
    return tuple(found)


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """Whatever can be unpacked, from wherever it may begin."""
    for mark in (*_ZLIB, _GZIP):
        at = raw.find(mark)
        while at >= 0:
            try:
                unpacked = zlib.decompressobj(31 if mark == _GZIP else 15).decompress(raw[at:], _LONGEST)
            except zlib.error:
                unpacked = b""
            if len(unpacked) > 8:
                yield unpacked
            at = raw.find(mark, at + 1)


def not_allowed(found: Mapping[str, set[str]], allowed: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    """By word where it stands and may not."""
    wrong = {word: there - allowed.get(word, frozenset()) for word, there in found.items()}
    return {word: there for word, there in wrong.items() if there}
