"""`init`: a home folder with config, keys, store and the charter of epoch 1, and the kit beside it; or nothing."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from federation.identity import fingerprint
from federation.identity.charter import EMPTY_TREE, charter_digest, new_charter
from federation.keys import did_key, encode_multikey, new_actor_keys, new_ed25519
from federation.locations import is_handle
from node.actions.campaigns import log_actor, new_actor
from node.actions.publish import whole_seconds
from node.clock import refuse_wrong_clock
from node.config import CONFIG_NAME, Config, check_url_setting, load_config, render_config
from node.context import Node, Surroundings, open_node
from node.files import FolderNotSynced, write_new
from node.kit import Kit, write_kit
from node.refusal import Refusal
from node.settings import ConfigError, check_value
from node.signers import INSTANCE_HANDLE
from node.vault import Vault
from storage.addresses import is_mongo
from storage.backends import Claim, claim_database, open_store
from storage.errors import StorageError
from storage.folders import sync_folder
from storage.ids import Did
from storage.records import Charter, Union

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What `init` is asked for."""

    home: Path
    name: str
    handle: str
    url: str
    kit: Path
    passphrase: str | None
    store: str | None = None
    dev: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHome:
    """What `init` made."""

    union: Did
    fingerprint: str
    url: str
    home: Path
    kit: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    root: Ed25519PrivateKey
    log: Ed25519PrivateKey
    cosigner: Ed25519PrivateKey
    age: x25519.Identity

    @property
    def did(self) -> Did:
        """The union's id: its root key."""
        return did_key(self.root.public_key())


@dataclass(frozen=True, slots=True)
class _Made:
    """What stands outside of the staged folder, and goes when `init` fails."""

    files: list[Path] = field(default_factory=list)
    databases: list[Claim] = field(default_factory=list)


async def set_up(asked: Request, surroundings: Surroundings) -> NewHome:
    """Make a home and its kit; when anything fails, nothing that was made is left behind."""
    check_request(asked)
    keys = _Keys(root=new_ed25519(), log=new_ed25519(), cosigner=new_ed25519(), age=x25519.Identity.generate())
    staged = asked.home.with_name(f".{asked.home.name}.{secrets.token_hex(4)}.new")
    made = _Made()
    try:
        await _make(asked, keys, staged, made, surroundings)
    except BaseException as problem:
        for database in _take_back(staged, made):
            await _clear(database)
        if isinstance(problem, OSError):
            raise Refusal(f"The home folder cannot be made: {problem.strerror}. Nothing was kept.") from problem
        raise
    _confirm(asked.home.parent)
    return NewHome(
        union=keys.did,
        fingerprint=fingerprint.words(keys.did),
        url=asked.url,
        home=asked.home,
        kit=asked.kit,
    )


async def _make(asked: Request, keys: _Keys, staged: Path, made: _Made, surroundings: Surroundings) -> None:
    """Everything in a staged folder, which becomes the home at the very end; `made` collects what is outside of it."""
    config = _stage(asked, keys, staged)
    if is_mongo(config.store):
        made.databases.append(await claim_database(config.store))
    else:
        made.files.extend(_claim_store(asked))
    await _write_store(asked, keys, config, surroundings)
    write_kit(asked.kit, _kit(asked, keys, surroundings), asked.passphrase)
    made.files.append(asked.kit)
    _move_in(staged, asked.home)


def _stage(asked: Request, keys: _Keys, staged: Path) -> Config:
    staged.mkdir(mode=0o700)
    config = _write_config(asked, keys.did, staged)
    _write_keys(keys, Vault(staged))
    return config


def _move_in(staged: Path, home: Path) -> None:
    """The last step: once it is done nothing is taken back. An empty folder gives its place away."""
    staged.rename(home)


def _take_back(staged: Path, made: _Made) -> list[Claim]:
    """Remove what was made, unless it stands in its place already: then everything belongs to that home.

    The databases that are to be given back too.
    """
    if not staged.is_dir():
        return []
    shutil.rmtree(staged, ignore_errors=True)
    for path in made.files:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    return made.databases


async def _clear(database: Claim) -> None:
    """One that cannot be cleared now is found not empty by the next `init`, which says so."""
    try:
        await database.take_back()
    except StorageError:
        log.warning("What init made in the database could not be taken back. Drop the database before the next try.")


def _confirm(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError:
        log.warning("The home stands, but its disk did not confirm it. See that it is well: picketline check")


def check_request(asked: Request) -> None:
    """Refuse what cannot become a home, before anybody is asked for a passphrase."""
    check_url_setting(asked.url, dev=asked.dev)
    _check_name(asked.name)
    if not is_handle(asked.handle):
        raise Refusal(f"“{asked.handle}” cannot be the union's handle. Use 1 to 30 of a-z, 0-9 and inner underscores.")
    if asked.home.exists() and (not asked.home.is_dir() or any(asked.home.iterdir())):
        raise Refusal(
            f"{asked.home} exists already and is not empty; a home is never overwritten. Name another with --home."
        )
    if not asked.home.parent.is_dir():
        raise Refusal(f"The folder {asked.home.parent} does not exist. Make it first, or name another with --home.")
    _check_kit(asked)
    if asked.store is not None:
        _check_store(asked, asked.store)


def _check_name(name: str) -> None:
    try:
        check_value("name", {"name": name})
    except ConfigError as problem:
        raise Refusal(f"--name cannot be “{name}”. {problem}") from problem


def _check_kit(asked: Request) -> None:
    if asked.kit.resolve().is_relative_to(asked.home.resolve()):
        raise Refusal(
            "The kit must not lie in the home folder: whoever takes the server would have it. "
            "Write it to a USB stick, with --kit."
        )
    if not asked.kit.parent.is_dir():
        raise Refusal(
            f"The kit cannot be written: there is no folder {asked.kit.parent}. Make it, or give another --kit."
        )
    if asked.kit.exists():
        raise Refusal(
            f"{asked.kit} exists already, and a kit is never overwritten. Name another file with --kit. `init` makes a "
            "new union and brings no lost one back."
        )


def _check_store(asked: Request, store: str) -> None:
    """A store in the home comes and goes with it; one elsewhere must be new, so that no other union's is touched."""
    check_value("store", {"store": store})
    if is_mongo(store):
        return
    path = _store_outside(asked)
    if path is None:
        return
    if path.is_relative_to(asked.home.resolve()):
        raise Refusal("A store in the home folder is named from there. Give --store sqlite:///picketline.db")
    if not path.parent.is_dir():
        raise Refusal(f"The store cannot be made: there is no folder {path.parent}. Make it, or give another --store.")
    standing = [each for each in _files_of(path) if os.path.lexists(each)]
    if standing:
        raise _stands_already(standing[0])


def _store_outside(asked: Request) -> Path | None:
    """The file of a store that does not lie in the folder being staged."""
    if is_mongo(asked.store or ""):
        return None
    name = (asked.store or "").removeprefix("sqlite:///")
    path = (asked.home / name).resolve()
    inside = not Path(name).is_absolute() and path.is_relative_to(asked.home.resolve())
    return None if inside else path


def _files_of(store: Path) -> list[Path]:
    """The database and what SQLite and the lock put beside it."""
    return [store.with_name(store.name + ending) for ending in ("", "-wal", "-shm", "-journal", ".lock")]


def _claim_store(asked: Request) -> list[Path]:
    """Make the empty file of a store outside the home, so that it is surely ours; what to remove if `init` fails."""
    path = _store_outside(asked)
    if path is None:
        return []
    try:
        write_new(path, b"")
    except FileExistsError:
        raise _stands_already(path) from None
    except FolderNotSynced:
        path.unlink(missing_ok=True)
        raise
    return _files_of(path)


def _stands_already(path: Path) -> Refusal:
    return Refusal(
        f"{path} exists already, and a store is never taken over: it may be another union's. Give another --store."
    )


def _write_config(asked: Request, did: Did, staged: Path) -> Config:
    values: dict[str, str | int | bool] = {
        "union": did,
        "name": asked.name.strip(),
        "handle": asked.handle,
        "url": asked.url,
        "dev": asked.dev,
    }
    if asked.store is not None:
        values["store"] = asked.store
    if asked.dev and urlsplit(asked.url).scheme == "http":
        values["listen"] = urlsplit(asked.url).netloc
    path = staged / CONFIG_NAME
    path.write_text(render_config(values), encoding="utf-8")
    path.chmod(0o600)
    return load_config(staged, {})


def _write_keys(keys: _Keys, vault: Vault) -> None:
    vault.add_log_key(keys.log)
    vault.add_cosigner_key(keys.cosigner)


async def _write_store(asked: Request, keys: _Keys, config: Config, surroundings: Surroundings) -> None:
    store = await open_store(config.store)
    try:
        await refuse_wrong_clock(store, surroundings.now())
        now = whole_seconds(surroundings.now())
        union = Union(did=keys.did, name=config.name, url=config.url, created_at=now)
        await store.add_union(union)
        await store.add_charter(_charter(asked, keys, surroundings))
    finally:
        await store.close()
    async with open_node(config, surroundings) as node:
        await _add_actors(node)


async def _add_actors(node: Node) -> None:
    """The instance actor, which speaks for the node and is never logged; and the union's own, the log's first entry."""
    instance_keys, union_keys = new_actor_keys(), new_actor_keys()
    node.vault.add_actor(INSTANCE_HANDLE, instance_keys)
    node.vault.add_actor(node.config.handle, union_keys)
    instance = new_actor(INSTANCE_HANDLE, "instance", instance_keys, node)
    await node.store.add_actor(replace(instance, name=node.config.name))
    union = new_actor(node.config.handle, "union", union_keys, node)
    async with node.publishing as head:
        await log_actor("Create", replace(union, name=node.config.name), head, node)


def _charter(asked: Request, keys: _Keys, surroundings: Surroundings) -> Charter:
    body = new_charter(
        union=keys.did,
        epoch=1,
        name=asked.name.strip(),
        homes=[asked.url],
        log_key=encode_multikey(keys.log.public_key()),
        cosigner_key=encode_multikey(keys.cosigner.public_key()),
        after=EMPTY_TREE,
        recipient=str(keys.age.to_public()),
        previous=[],
        published=whole_seconds(surroundings.now()),
        root_key=keys.root,
    )
    return Charter(did=keys.did, epoch=1, digest=charter_digest(body), body=body)


def _kit(asked: Request, keys: _Keys, surroundings: Surroundings) -> Kit:
    return Kit(
        name=asked.name.strip(),
        url=asked.url,
        created_at=whole_seconds(surroundings.now()),
        root_key=keys.root,
        age_identity=str(keys.age),
    )
