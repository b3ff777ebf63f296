"""`store copy`: everything a home keeps, rows and media, into a new store; the home itself stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from node.config import Config, resolve_store
from node.pictures.keeping import FOLDER
from node.refusal import Refusal
from node.settings import check_value
from storage.addresses import is_mongo
from storage.backends import blobs_of, open_store
from storage.copying import Told, copy_blobs, copy_store, refuse_busy
from storage.errors import StorageError
from storage.ids import Digest
from storage.store import Store

_SQLITE: Final = "sqlite:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy holds."""

    rows: Mapping[str, int]
    damaged: tuple[Digest, ...]
    """Media that are damaged in the source, and were left out."""


async def copy_home(config: Config, url: str, *, now: Callable[[], datetime], told: Told) -> Copied:
    """Copy the home's store and media to `url`, a new store or one this copy was broken off in.

    `Refusal`, or `StorageError` for a store that is at work, holds another union, or cannot be reached.
    """
    check_value("store", {"store": url})
    url = resolve_store(config.home, url)
    _refuse_itself(config, url)
    source = await open_store(config.store, create=False)
    try:
        await _refuse_strangers(source, config)
        await refuse_busy(source)
        target = await open_store(url)
        try:
            return await _copy(config, source, target, url, now, told)
        finally:
            await target.close()
    finally:
        await source.close()


async def _copy(
    config: Config, source: Store, target: Store, url: str, now: Callable[[], datetime], told: Told
) -> Copied:
    """The marks go last: until then the new store says that it is half copied."""
    rows = await copy_store(source, target, told=told)
    folder = config.home / FOLDER
    media = blobs_of(source, config.store, folder), blobs_of(target, url, folder)
    damaged = await copy_blobs(*media, now=now(), told=told)
    await target.remove_copy_marks()
    return Copied(rows=rows, damaged=tuple(damaged))


def _refuse_itself(config: Config, url: str) -> None:
    if url == config.store or (not is_mongo(url) and _file(url) == _file(config.store)):
        raise Refusal("That is the store this home uses already. Name a new one to copy it to.")


def _file(url: str) -> Path:
    return Path(url.removeprefix(_SQLITE)).resolve()


async def _refuse_strangers(source: Store, config: Config) -> None:
    union = await source.find_union()
    if union is not None and union.did != config.union:
        raise StorageError(
            "The store belongs to another union than this home folder. Name the right store in picketline.toml."
        )
