"""The parts this release is built on: which are there, and which are too old to be served with (refusals, rule 10)."""

from __future__ import annotations

import re
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

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What this process runs on."""

    aiohttp: Version
    has_fast_parser: bool
    """aiohttp's parsers in C: those in Python are slow, and laxer."""
    pillow: Version
    sqlite: Version
    python: Version
    loop: str

    def __str__(self) -> str:
        return (
            f"aiohttp {words(self.aiohttp)}, Pillow {words(self.pillow)}, SQLite {words(self.sqlite)}, "
            f"Python {words(self.python)}, event loop {self.loop}"
        )


def find_parts() -> Parts:
    """What is there now."""
    return Parts(
        aiohttp=_numbers(aiohttp.__version__),
        pillow=_numbers(metadata.version("pillow")),
        has_fast_parser=http_parser.HttpRequestParser.__module__ != http_parser.__name__,
        sqlite=sqlite3.sqlite_version_info,
        python=sys.version_info[:3],
        loop=loop_name(),
    )


def find_old(parts: Parts) -> Sequence[str]:
    """A sentence for each part that will not do."""
    found = [
        f"{name} is {words(there)}; this release needs {words(oldest)} or newer. {cure}"
        for name, there, oldest, cure in (
            ("aiohttp", parts.aiohttp, OLDEST_AIOHTTP, "Install Picketline again: pip install --upgrade picketline"),
            ("Pillow", parts.pillow, OLDEST_PILLOW, "Install Picketline again: pip install --upgrade picketline"),
            ("SQLite", parts.sqlite, OLDEST_SQLITE, "Use a Python that comes with a newer SQLite."),
            ("Python", parts.python, OLDEST_PYTHON, "Install a newer Python, and Picketline with it."),
        )
        if there < oldest
    ]
    if not parts.has_fast_parser:
        found.append(
            "aiohttp runs without its C extensions, so requests would be read slowly and less strictly. "
            "Unset AIOHTTP_NO_EXTENSIONS, or install aiohttp from a wheel: pip install --force-reinstall aiohttp"
        )
    return found


def refuse_old(parts: Parts) -> None:
    """Raise `Refusal` with everything that is too old to be served with."""
    if problems := find_old(parts):
        raise Refusal(" ".join(problems))


def _numbers(version: str) -> Version:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])


def words(version: Version) -> str:
    """3.14.4"""
    return ".".join(map(str, version))
