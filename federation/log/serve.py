"""What anybody may read of a kept log (protocol §3): nothing beyond its signed head, nothing that was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, cast

from federation.keys import load_multikey
from federation.log.kept import head_in, prove_inclusion
from federation.log.own import read_document
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue
from federation.tlog.cosignatures import MAX_RECEIPTS, add_lines
from federation.tlog.merkle import HASH_SIZE
from federation.tlog.notes import COSIGNATURE, ED25519, NoteSignature, make_vkey, read_note
from federation.tlog.proof_file import TlogProof, write_proof
from federation.tlog.tiles import TILE_WIDTH, TileName, tile_width, write_bundle
from storage.ids import Did
from storage.records import KeptLog, Leaf, Peer, Receipt
from storage.store import Holdings, KeptLogs, Peers, Receipts, Unions

LARGEST_PAGE: Final = 1024 * 1024
"""Bytes of activities in one answer, unless the first of them is larger."""
MOST_LINES: Final = 1000
_AT_ONCE: Final = 16
"""Activities read from the store in one step."""
_MIRROR: Final = "/mirror"


class ServingStore(KeptLogs, Receipts, Peers, Holdings, Unions, Protocol):
    """What serving reads."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It stands in the log, and its activity is not given out any more."""


def may_serve(log: KeptLog, peer: Peer | None) -> bool:
    """Whether a log is shown to anybody: one with a signed head, and of no union whose pact we ended ourselves.

    A pact that the other side ended changes nothing: whoever took its server must not be able to clear ours.
    """
    if log.checkpoint is None:
        return False
    return log.state == "ours" or (peer is not None and not is_ended(peer))


def is_ended(peer: Peer) -> bool:
    """Whether our organisers ended the pact."""
    return peer.is_ended


async def read_tile(store: KeptLogs, log: KeptLog, name: TileName) -> bytes | None:
    """A tile or bundle of just this width; None for one that the signed head does not cover."""
    if name.width > tile_width(name.level or 0, name.number, log.checkpoint_size):
        return None
    if name.level is None:
        leaves = await store.list_leaves(log.name, name.number * TILE_WIDTH, name.width, with_bodies=False)
        return write_bundle([leaf.entry for leaf in leaves]) if len(leaves) == name.width else None
    key = name.level, name.number
    hashes = (await store.find_tiles(log.name, [key])).get(key, b"")[: name.width * HASH_SIZE]
    return hashes if len(hashes) == name.width * HASH_SIZE else None


async def read_checkpoint_note(store: ServingStore, log: KeptLog) -> bytes:
    """The signed head, with the receipts of listed mirrors for exactly this size, 15 at most."""
    note = log.checkpoint or b""
    lines = [one.line for one in await list_listed(store, log) if one.size == log.checkpoint_size]
    return add_lines(note, lines[:MAX_RECEIPTS]) if lines else note


async def list_listed(store: ServingStore, log: KeptLog) -> list[Receipt]:
    """The receipts that may be shown: of mirrors with a pact that are not unlisted, for sizes that are shown."""
    receipts = await store.list_receipts(log.name)
    if not receipts:
        return []
    listed = {peer.did for peer in await store.list_peers() if not peer.is_unlisted and not is_ended(peer)}
    return [one for one in receipts if one.mirror in listed and one.size <= log.checkpoint_size]


async def read_activities(store: ServingStore, log: KeptLog, start: int, limit: int) -> bytes:
    """JSON lines: of each entry from `start` the activity's exact bytes, or that it is withdrawn; ends at 1 MiB."""
    end = min(start + min(limit, MOST_LINES), log.checkpoint_size)
    withheld = await _withheld(store, log)
    lines: list[bytes] = []
    length = 0
    while start + len(lines) < end:
        place = start + len(lines)
        leaves = await _list_leaves(store, log, place, min(_AT_ONCE, end - place))
        if not leaves:
            break
        for leaf in leaves:
            line = (leaf.body if _is_shown(leaf, withheld) else None) or canonical({"withdrawn": leaf.place})
            length += len(line) + 1
            if lines and length > LARGEST_PAGE:
                return b"\n".join([*lines, b""])
            lines.append(line)
    return b"\n".join([*lines, b""]) if lines else b""


async def read_activity(store: ServingStore, log: KeptLog, digest: str) -> bytes | Withdrawn | None:
    """The exact bytes of the activity of this digest; None when the signed head covers none."""
    leaf = await store.find_leaf(log.name, digest)
    if leaf is None or leaf.place >= log.checkpoint_size or leaf.state == "wanted":
        return None
    leaf = (await _list_leaves(store, log, leaf.place, 1))[0]
    if not _is_shown(leaf, await _withheld(store, log)):
        return Withdrawn()
    return leaf.body


async def read_proof(store: ServingStore, log: KeptLog, index: int) -> bytes | Withdrawn | None:
    """The `.tlog-proof` of an entry, to be checked offline (C2SP tlog-proof); None beyond the signed head.

    Its `extra` line is RFC 8785 of {entry, activity, charter, charters: those of the cosigners}, none of it to be
    trusted before it is checked.
    """
    if not 0 <= index < log.checkpoint_size:
        return None
    leaf = next(iter(await _list_leaves(store, log, index, 1)), None)
    if leaf is None or leaf.place != index:
        return None
    if leaf.body is None or not _is_shown(leaf, await _withheld(store, log)):
        return None if leaf.state == "wanted" else Withdrawn()
    note = await read_checkpoint_note(store, log)
    proof = TlogProof(
        index=index,
        inclusion=await prove_inclusion(store, log.name, index, log.checkpoint_size),
        checkpoint=note,
        extra=await _extra(store, log, leaf, note),
    )
    return write_proof(proof)


async def _list_leaves(store: KeptLogs, log: KeptLog, start: int, limit: int) -> list[Leaf]:
    """Leaves as they are now: of an epoch that ended the activities are held by the log that follows, if at all."""
    leaves = await store.list_leaves(log.name, start, limit)
    if all(leaf.state == "held" for leaf in leaves):
        return leaves
    newest = (await store.list_logs(log.did))[0]
    if newest.name == log.name:
        return leaves
    later = {leaf.place: leaf for leaf in await store.list_leaves(newest.name, start, limit)}
    return [_later(leaf, later.get(leaf.place)) for leaf in leaves]


def _later(leaf: Leaf, later: Leaf | None) -> Leaf:
    return later if leaf.state != "held" and later is not None and later.entry == leaf.entry else leaf


async def list_receipt_rows(store: ServingStore, log: KeptLog) -> list[JsonValue]:
    """Each receipt that may be shown, with its size and the line that stands below a checkpoint of that size."""
    return [
        {"line": one.line, "mirror": one.mirror, "size": one.size, "time": int(one.at.timestamp())}
        for one in await list_listed(store, log)
    ]


async def _withheld(store: Holdings, log: KeptLog) -> frozenset[str]:
    if log.state == "ours":
        return frozenset()
    return frozenset(str(one.object) for one in await store.list_withheld(log.did))


def _is_shown(leaf: Leaf, withheld: frozenset[str]) -> bool:
    return leaf.state == "held" and str(leaf.object) not in withheld


async def _extra(store: Unions, log: KeptLog, leaf: Leaf, note: bytes) -> bytes:
    charters = [await _find_cosigner(store, one) for one in read_note(note).signatures if one.name.endswith(_MIRROR)]
    extra: JsonObject = {
        "activity": read_document(leaf.body or b""),
        "charter": await _find_charter(store, log, note),
        "charters": cast("list[JsonValue]", [charter for charter in charters if charter is not None]),
        "entry": read_document(leaf.entry),
    }
    return canonical(extra)


async def _find_cosigner(store: Unions, signature: NoteSignature) -> JsonObject | None:
    """The charter that names the key of a receipt: the newest may name another one already."""
    for charter in await store.list_charters(Did(signature.name.removesuffix(_MIRROR))):
        document = read_document(charter.body)
        key = load_multikey(str(document["cosignerKey"]))
        if make_vkey(signature.name, COSIGNATURE, key).key_id == signature.key_id:
            return document
    return None


async def _find_charter(store: Unions, log: KeptLog, note: bytes) -> JsonObject | None:
    """The charter of this epoch that names the key of this head: another one of the epoch may stand against it."""
    for charter in await store.list_charters(log.did):
        document = read_document(charter.body)
        key = make_vkey(log.name, ED25519, load_multikey(str(document["logKey"])))
        if charter.epoch == log.epoch and read_note(note).by(key):
            return document
    return None


def signed_size(note: bytes) -> int:
    """How many entries a note that we keep covers."""
    return head_in(note).size
