"""Whom we want nothing to do with: one at a time, or as a list; a block cuts at once and says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from federation.blocks.targets import Target, address_name, covers_host, host_of, names_of, read_target
from federation.errors import FederationError, Unintelligible
from node.actions.find import find_remote
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActorId
from storage.records import Block, Cut, RemoteActor

LONGEST_REASON: Final = 500
_STEP: Final = 5000
"""Blocks in one step of the store, so that nothing else waits long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """What a block did. `asked` is false when the server behind an unknown name could not be asked who that is."""

    blocks: tuple[Block, ...]
    is_new: bool
    asked: bool
    cut: Cut


@dataclass(slots=True, kw_only=True)
class Taken:
    """What became of a part of a list, by place in it."""

    known: list[int] = field(default_factory=list)
    """Blocked already."""
    ours: list[int] = field(default_factory=list)
    """Our own host or actors, which nobody can block."""


async def add_block(named: str, reason: str, node: Node) -> Blocked:
    """Block an actor by `@who@host` or id, or a host with its subdomains; `Refusal` for us ourselves."""
    target = _read(named)
    _refuse_own(target, node)
    targets, asked = await _find_targets(target, node)
    for found in targets:
        _refuse_own(found, node)
    blocks = tuple(_block(found, _one_line(reason), node) for found in targets)
    added = await node.store.add_blocks(blocks)
    node.blocks.forget()
    return Blocked(blocks=blocks, is_new=any(added), asked=asked, cut=await cut_blocked(node))


async def remove_block(named: str, node: Node) -> list[str]:
    """End a block; nothing that it cut comes back by itself. `Refusal` when there is none of this name."""
    target = _read(named)
    names = [target.name]
    if target.kind == "address":
        names += await node.store.list_actors_at(target.name)
    removed = [name for name in names if await node.store.remove_block(name)]
    if not removed:
        raise Refusal(await _why_not_removed(target, node))
    node.blocks.forget()
    return removed


async def take_list(rows: Sequence[tuple[str, str]], node: Node) -> Taken:
    """Block many targets (name, reason), as `read_target` wrote them; nothing is cut before `cut_blocked`."""
    taken = Taken()
    for start in range(0, len(rows), _STEP):
        await _take(start, rows[start : start + _STEP], taken, node)
    node.blocks.forget()
    return taken


async def _take(start: int, rows: Sequence[tuple[str, str]], taken: Taken, node: Node) -> None:
    places: list[int] = []
    blocks: list[Block] = []
    for place, (name, reason) in enumerate(rows, start):
        target = _read(name)
        if _is_own(target, node):
            taken.ours.append(place)
        else:
            places.append(place)
            blocks.append(_block(target, _one_line(reason), node))
    added = await node.store.add_blocks(blocks)
    taken.known += [place for place, is_new in zip(places, added, strict=True) if not is_new]


async def cut_blocked(node: Node) -> Cut:
    """Cut off everybody who is blocked; a pact with a blocked node ends too, and a blocked host is told nothing."""
    pacts = 0
    for peer in await node.store.list_peers():
        block = await node.blocks.find(peer.actor)
        if block is not None:
            pacts += peer.state != "removed"
            await node.pacts.happen("we remove", peer, say=block.kind != "host")
    return replace(await node.cutter.cut_all(), pacts=pacts)


async def refuse_blocked_target(named: str, node: Node) -> None:
    """`Refusal` when this actor, or its host, is blocked; what cannot be read is not blocked."""
    try:
        target = read_target(named)
        names = names_of(ActorId(named)) if target.kind == "actor" else [target.name, *_host_names(target)]
    except FederationError:
        return
    block = await node.store.find_block(names, of=ActorId(named))
    if block is not None:
        raise Refusal(
            f"{named} is blocked ({block.target}), so the union does not follow or boost it. "
            f"To do so all the same, first: picketline block remove {block.target}"
        )


def _read(named: str) -> Target:
    try:
        return read_target(named)
    except Unintelligible as problem:
        raise Refusal(f"“{named}” cannot be blocked: {problem}.") from problem


def _host_names(target: Target) -> list[str]:
    return names_of(ActorId(f"https://{host_of(target)}/"))[1:]


async def _find_targets(target: Target, node: Node) -> tuple[list[Target], bool]:
    """The target, and with a page's address or a strange handle the id behind it; and whether it was found.

    A name that nobody here knows is looked up once. When its server does not answer, the name alone is blocked.
    """
    if target.kind == "host" or await _is_known(target, node):
        return [target], True
    try:
        remote = await find_remote(target.name, node)
    except FederationError:
        return [target], False
    if target.kind == "actor":
        return [Target("actor", remote.id)], True
    return [target, *([] if _address(remote) == target.name else [Target("actor", remote.id)])], True


async def _is_known(target: Target, node: Node) -> bool:
    if target.kind == "address":
        return bool(await node.store.list_actors_at(target.name))
    return await node.store.find_remote_actor(ActorId(target.name)) is not None


def _address(remote: RemoteActor) -> str:
    return address_name(remote.handle, host_of(Target("actor", remote.id)))


def _is_own(target: Target, node: Node) -> bool:
    if target.kind == "host":
        return covers_host(target, node.locations.host)
    return host_of(target) == node.locations.host


def _refuse_own(target: Target, node: Node) -> None:
    if _is_own(target, node):
        raise Refusal(f"{target.name} is this node itself, or holds it; a union cannot block itself.")


def _block(target: Target, reason: str, node: Node) -> Block:
    return Block(target=target.name, kind=target.kind, reason=reason, blocked_at=node.now())


def _one_line(reason: str) -> str:
    return " ".join(reason.split())[:LONGEST_REASON]


async def _why_not_removed(target: Target, node: Node) -> str:
    names = _host_names(target)
    wider = await node.store.find_block(names, of=None) if target.kind != "host" or len(names) > 1 else None
    if wider is not None and wider.target != target.name:
        return (
            f"{target.name} is blocked only as part of {wider.target}. "
            f"To end that whole block: picketline block remove {wider.target}"
        )
    return f"{target.name} is not blocked. See `picketline block list`."
