"""What we hold of others and who holds what of ours; checking it, and keeping some of it from view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from federation.identity.charter import read_charter
from federation.keys import load_multikey
from federation.mirror.heads import speaks_against_log
from federation.mirror.pace import Hearing
from federation.mirror.unions import cosigner_name, know_union
from federation.mirror.verifying import Report, Verifier
from federation.mirror.wire_actor import wire_cursor
from federation.mirror.withdrawals import confirm, list_kept_back
from federation.tlog.notes import COSIGNATURE, ED25519, make_vkey
from node.actions.find import ids_of_peers_update
from node.actions.peers import get_peer
from node.actions.wire import count_wired
from node.context import Node
from node.hearing import hearing_of
from node.mirroring import running_worker
from node.refusal import Refusal
from storage.ids import Did, LogName, ObjectId
from storage.records import Charter, KeptLog, Peer, Receipt, Withheld

ENOUGH: Final = 2
"""Mirrors that hold everything, so that a union outlives its host and one more."""
_SILENT: Final = timedelta(days=1)
_CATCHING_UP: Final = (
    "Peers catch up by themselves in minutes while `picketline serve` runs; if one does not, ask its organisers by "
    "phone."
)
_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A peer's record as it is here."""

    peer: Peer
    log: KeptLog
    is_complete: bool
    media_missing: int
    hearing: Hearing
    has_fork: bool
    has_evidence: bool
    """Of a fork or of anything else that its record may not hold."""
    kept_back: tuple[ObjectId, ...]
    """What it takes back, and what stays until somebody confirms that."""
    quota: str | None
    """Why nothing more of it is taken, when something is missing."""
    vkey: str | None
    withheld: tuple[Withheld, ...]
    wired: int
    """How much of it the wire passed on in the last 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All of it, with what organisers should know."""

    log: LogName | None
    size: int
    receipts: tuple[tuple[Peer | None, Receipt], ...]
    held: tuple[Held, ...]
    vkeys: tuple[str, ...]
    """Of our log and of our receipts, for other tools."""
    warnings: tuple[str, ...]


async def find_status(node: Node) -> Status:
    """What `picketline mirror status` tells."""
    ours = next(iter(await node.store.list_logs(node.union.did)), None)
    peers = {peer.did: peer for peer in await node.store.list_peers()}
    receipts = [] if ours is None else await node.store.list_receipts(ours.name)
    held = [one for peer in peers.values() if (one := await _held(peer, node)) is not None]
    return Status(
        log=None if ours is None else ours.name,
        size=0 if ours is None else ours.checkpoint_size,
        receipts=tuple((peers.get(one.mirror), one) for one in receipts),
        held=tuple(held),
        vkeys=await _vkeys(node, ours),
        warnings=tuple(_warnings(ours, receipts, held, list(peers.values()), node.now())),
    )


async def _held(peer: Peer, node: Node) -> Held | None:
    log = next(iter(await node.store.list_logs(peer.did)), None)
    if log is None:
        return None
    evidence = await node.store.list_evidence(peer.did)
    return Held(
        peer=peer,
        log=log,
        is_complete=log.checkpoint is not None and log.checkpoint_size == log.pending_size,
        media_missing=(await node.store.measure_held_media(peer.did))[1],
        hearing=hearing_of(node)(peer),
        has_fork=any(one.kind == "fork" for one in evidence),
        has_evidence=any(map(speaks_against_log, evidence)),
        kept_back=tuple(await list_kept_back(node.store, log.name, log.withdrawn_to)),
        quota=await running_worker(node).visits.puller.find_quota(log.name) if log.size < log.pending_size else None,
        vkey=await _log_vkey(peer.did, node),
        withheld=tuple(await node.store.list_withheld(peer.did)),
        wired=await count_wired(peer.did, node),
    )


async def _log_vkey(did: Did, node: Node) -> str | None:
    union = await know_union(node.store, did, own_url="")
    return None if union is None else str(make_vkey(union.log, ED25519, union.log_key))


async def _vkeys(node: Node, ours: KeptLog | None) -> tuple[str, ...]:
    union = await know_union(node.store, node.union.did, own_url="")
    if union is None or ours is None:
        return ()
    receipts = make_vkey(cosigner_name(node.union.did), COSIGNATURE, union.cosigner_key)
    return str(make_vkey(union.log, ED25519, union.log_key)), str(receipts)


def _warnings(
    ours: KeptLog | None, receipts: list[Receipt], held: list[Held], peers: list[Peer], now: datetime
) -> list[str]:
    """Sentences for organisers: what is wrong, what it means, what to do."""
    size = 0 if ours is None else ours.checkpoint_size
    whole = sum(one.size >= size for one in receipts)
    found = []
    if size and whole < ENOUGH:
        have = f"Only {whole} mirror holds" if whole else "No mirror holds"
        enough = sum(one.state == "mutual" for one in peers) >= ENOUGH
        found.append(
            f"{have} everything this union has published; below {ENOUGH} it may not outlive its host. "
            + (_CATCHING_UP if enough else "Ask another union for a pact: picketline peer add URL")
        )
    found += [
        f"{one.name} ({one.url}) has not answered us for a day. Ask its organisers by phone how they are."
        for one in peers
        if one.state == "mutual" and one.silent_since is not None and now - one.silent_since >= _SILENT
    ]
    for one in held:
        found += _log_warnings(one)
    return found


def _log_warnings(one: Held) -> list[str]:
    found = []
    if one.has_fork:
        found.append(
            f"Two records of {one.peer.name} were seen that cannot both be right: somebody shows different people "
            "different things. The last good copy is still served. Ask its organisers by phone."
        )
    elif one.log.state == "stopped" and one.has_evidence:
        found.append(
            f"Nothing new of {one.peer.name} is taken, because of evidence against its record. It goes on with a new "
            "charter of that union. Ask its organisers by phone."
        )
    elif one.log.state == "stopped":
        found.append(
            f"Nothing new of {one.peer.name} is taken: it was frozen here. To go on: picketline mirror freeze "
            f"{one.peer.url} --again"
        )
    if one.quota is not None:
        found.append(f"{one.peer.name}: {one.quota}")
    if one.kept_back:
        found.append(
            f"{one.peer.name} takes back much at once ({len(one.kept_back)} updates). They stay visible here until "
            f"you have asked by phone and say: picketline mirror confirm {one.peer.url}"
        )
    return found


async def verify_logs(named: str | None, node: Node) -> list[tuple[KeptLog, Report]]:
    """Check every kept log of a peer, or all of them and our own."""
    dids = {(await get_peer(named, node)).did} if named else None
    logs = [log for log in await node.store.list_logs() if dids is None or log.did in dids]
    return [(log, await _verify(log, node)) for log in logs]


async def _verify(log: KeptLog, node: Node) -> Report:
    is_ours = log.state == "ours"
    own_url = "" if is_ours else node.config.url
    union = await know_union(node.store, log.did, own_url=own_url, epoch=log.epoch)
    if union is None:
        report = Report(size=log.checkpoint_size)
        report.add(f"The charter of epoch {log.epoch} of {log.did} is not known, so its log cannot be checked.")
        return report
    charters = [] if is_ours else await node.store.list_charters(node.union.did)
    newest = (await node.store.list_logs(log.did))[0]
    verifier = Verifier(
        store=node.store,
        blobs=node.blobs,
        kept=log,
        union=union,
        us=node.union.did,
        cosigners=tuple(load_multikey(read_charter(charter.body).cosigner_key) for charter in charters),
        is_ended=newest.name != log.name and newest.checkpoint is not None,
    )
    return await verifier.verify()


async def withhold(named: str, reason: str, node: Node) -> Withheld:
    """Show an update of a peer's no more, for a reason that everybody may read."""
    words = reason.strip()
    if not words or len(words) > _LONGEST_REASON:
        raise Refusal(f"Give a reason of 1 to {_LONGEST_REASON} characters: everybody may read why it is not shown.")
    ids = await ids_of_peers_update(named, node)
    for log in await node.store.list_logs():
        leaves = [] if log.state == "ours" else await node.store.list_object_leaves(log.name, ids)
        if leaves and str(leaves[0].object) == str(leaves[0].actor):
            raise Refusal(
                f"{named} is somebody who speaks, not an update. Withhold what is said one by one, or take nothing "
                "more of that union: picketline mirror freeze URL"
            )
        if leaves:
            row = Withheld(did=log.did, object=leaves[0].object, reason=words, since=node.now())
            await node.store.withhold(row)
            node.readers_bell.ring()
            return row
    raise Refusal(
        f"Nothing called {named} is held here of a peer. Give the id of an update of a peer's, or the address of its "
        "page, here or there."
    )


async def show_again(named: str, node: Node) -> ObjectId:
    """Show again what was withheld."""
    for peer in await node.store.list_peers():
        for id in await ids_of_peers_update(named, node):
            if await node.store.show_again(peer.did, id):
                node.readers_bell.ring()
                return id
    raise Refusal(f"{named} is not withheld. `picketline mirror status` lists what is.")


async def freeze(named: str, size: int | None, node: Node) -> KeptLog:
    """Take nothing more of a peer; with a size only if its log is not beyond that already."""
    peer = await get_peer(named, node)
    log = next(iter(await node.store.list_logs(peer.did)), None)
    if log is None:
        raise Refusal(f"Nothing of {peer.name} is held here yet, so nothing can be frozen.")
    await node.store.set_log_state(log.name, "stopped")
    node.readers_bell.ring()
    if size is not None and log.checkpoint_size > size:
        raise Refusal(
            f"The log of {peer.name} is frozen, but the copy here goes on to {log.checkpoint_size} entries, beyond "
            f"{size}. Whatever lies beyond can be withheld one by one: picketline mirror withhold ID --reason TEXT"
        )
    return replace(log, state="stopped")


async def thaw(named: str, node: Node) -> KeptLog:
    """Follow a frozen log again; not one that forked."""
    peer = await get_peer(named, node)
    log = next(iter(await node.store.list_logs(peer.did)), None)
    if log is None or log.state != "stopped":
        raise Refusal(f"The log of {peer.name} is not frozen.")
    if any(map(speaks_against_log, await node.store.list_evidence(peer.did))):
        raise Refusal(
            f"The log of {peer.name} was stopped because of evidence against it, not by you. It goes on with a new "
            "charter of that union."
        )
    await node.store.set_log_state(log.name, "following")
    node.readers_bell.ring()
    return replace(log, state="following")


async def confirm_withdrawals(named: str, node: Node) -> int:
    """Carry out what a peer takes back at once, after asking by phone; how many updates."""
    peer = await get_peer(named, node)
    count = 0
    for log in await node.store.list_logs(peer.did):
        count += await confirm(node.store, log.name, at=node.now())
        await _read_anew(log.name, await node.store.list_charters(peer.did), node)
    node.readers_bell.ring()
    return count


async def _read_anew(log: LogName, charters: Sequence[Charter], node: Node) -> None:
    """The wire passed what is gone only now: it looks at all of it once more."""
    cursor = wire_cursor(log, charters[0].epoch if charters else 0)
    await node.store.advance_cursor(cursor, expecting=await node.store.get_cursor(cursor), to=0)
