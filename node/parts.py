"""The parts this release is built on: which are there, and which are too old to be served with (refusals, rule 10)."""

from __future__ import annotations

import re
import shlex
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Final

import aiohttp
from aiohttp import http_parser

from node.loops import loop_name
from node.refusal import Refusal

OLDEST_AIOHTTP: Final = (3, 14, 4)
OLDEST_PILLOW: Final = (13, 0, 0)
OLDEST_SQLITE: Final = (3, 40, 0)
OLDEST_PYTHON: Final = (3, 11)
_FAULTS: Final = "What strangers can do to older ones is published."
_PIP: Final = f"{shlex.quote(sys.executable)} -m pip install"
"""This program's own pip: another one would install it elsewhere."""
_AGAIN: Final = f"Install Picketline again, in the folder of its checkout: `{_PIP} .`."
_ANOTHER: Final = "Use a Python that comes with a newer SQLite."
_NEWER: Final = "Install a newer Python, and Picketline with it."

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What this process runs on."""

    aiohttp: Version
    has_fast_parser: bool
    """aiohttp's parsers in C: those in Python are slow, and laxer."""
    pillow: Version | None
    """None when it is missing."""
    sqlite: Version
    python: Version
    loop: str

    def __str__(self) -> str:
        return (
            f"aiohttp {words(self.aiohttp)}, Pillow {words(self.pillow or ())}, SQLite {words(self.sqlite)}, "
            f"Python {words(self.python)}, event loop {self.loop}"
        )


def find_parts() -> Parts:
    """What is there now."""
    return Parts(
        aiohttp=_numbers(aiohttp.__version__),
        pillow=pillow_version(),
        has_fast_parser=http_parser.HttpRequestParser.__module__ != http_parser.__name__,
        sqlite=sqlite3.sqlite_version_info,
        python=sys.version_info[:3],
        loop=loop_name(),
    )


def find_old(parts: Parts) -> Sequence[str]:
    """A sentence for each part that will not do: what is wrong, what it means, what to do."""
    found = [*find_old_pillow(parts.pillow)]
    for name, there, oldest, means, cure in (
        ("aiohttp", parts.aiohttp, OLDEST_AIOHTTP, _FAULTS, _AGAIN),
        ("SQLite", parts.sqlite, OLDEST_SQLITE, "The store's tables are written for it.", _ANOTHER),
        ("Python", parts.python, OLDEST_PYTHON, "The program is written for it.", _NEWER),
    ):
        if there < oldest:
            found.append(f"{name} is {words(there)}; this release needs {words(oldest)} or newer. {means} {cure}")
    if not parts.has_fast_parser:
        found.append(
            "aiohttp runs without its C extensions, so requests would be read slowly and less strictly. "
            f"Unset AIOHTTP_NO_EXTENSIONS, or install aiohttp from a wheel: `{_PIP} --force-reinstall aiohttp`."
        )
    return found


def find_old_pillow(there: Version | None) -> Sequence[str]:
    """The sentence for Pillow alone, which whoever draws a picture needs, served or not."""
    if there is None:
        return [f"Pillow is missing, so no picture could be drawn anew. {_AGAIN}"]
    if there >= OLDEST_PILLOW:
        return []
    return [f"Pillow is {words(there)}; this release needs {words(OLDEST_PILLOW)} or newer. {_FAULTS} {_AGAIN}"]


def refuse_old(parts: Parts) -> None:
    """Raise `Refusal` with everything that is too old to be served with."""
    if problems := find_old(parts):
        raise Refusal(" ".join([*problems, "Nothing is served."]))


def refuse_old_pillow(there: Version | None) -> None:
    """Raise `Refusal` when no picture is drawn with this one."""
    if problems := find_old_pillow(there):
        raise Refusal(" ".join([*problems, "Nothing was published."]))


def pillow_version() -> Version | None:
    """As it is installed; None when it is not."""
    try:
        return _numbers(metadata.version("pillow"))
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> Version:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])


def words(version: Version) -> str:
    """3.14.4"""
    return ".".join(map(str, version))
