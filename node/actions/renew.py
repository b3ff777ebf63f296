"""`charter renew`: new keys for the log and for receipts, by a charter that the kit signs; the record goes on.

Two steps, because the kit's key never comes to the node: the node makes the keys and says what the charter must hold,
whoever has the kit signs, and the node takes the charter. That it is kept is the one write that matters: keys are put
in place and the new log is begun by reading on, here and in every other process of this store, after a crash too.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from federation.identity.charter import CharterClaims, TreeHead, read_charter
from federation.log.heads import JOB as HEAD
from federation.log.kept import read_root
from federation.mirror.charters import known_claims
from federation.strictjson import JsonObject, JsonValue
from node.actions.publish import whole_seconds
from node.clock import refuse_wrong_clock
from node.context import Node
from node.own_log import finish_epoch
from node.refusal import Refusal
from storage.errors import HeadMoved
from storage.ids import LogName
from storage.records import Charter

JOB: Final = "charter"
"""In its turn a process makes keys for a new epoch, or begins one; never two at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """The epoch that has begun."""

    epoch: int
    digest: str
    log: LogName
    after: TreeHead


async def draft_charter(node: Node) -> JsonObject:
    """What the charter of the next epoch must hold, with keys made for it that wait in the vault."""
    async with node.publishing, node.turns.wait_for(JOB):
        await refuse_wrong_clock(node.store, node.now())
        await finish_epoch(node.vault, node.store, node.union.did)
        await _bring_up(node)
        known, after = await known_claims(node.store, node.union.did), await _tree(node)
        log_key, cosigner_key = node.vault.stage_epoch()
    return {
        "union": node.union.did,
        "epoch": max((one.epoch for one in known), default=0) + 1,
        "name": node.config.name,
        "homes": [node.config.url],
        "logKey": log_key,
        "cosignerKey": cosigner_key,
        "after": {"size": after.size, "root": base64.b64encode(after.root).decode()},
        "previous": list[JsonValue](_digests(known)),
        "published": whole_seconds(node.now()).isoformat(),
    }


async def take_charter(raw: bytes, node: Node) -> Renewed:
    """Begin the epoch that this charter of ours states; the same one again changes nothing.

    `HeadMoved` when something was published since it was drafted: then draft and sign another.
    """
    claims = read_charter(raw)
    async with node.publishing, node.turns.wait_for(JOB):
        kept = await node.store.list_charters(node.union.did)
        if claims.digest not in {charter.digest for charter in kept}:
            await _bring_up(node)
            async with node.turns.wait_for(HEAD):  # nobody signs a head of the old epoch any more
                await _refuse_unfit(claims, node)
                await node.store.add_charter(
                    Charter(did=claims.union, epoch=claims.epoch, digest=claims.digest, body=raw)
                )
        await finish_epoch(node.vault, node.store, node.union.did)
        await _bring_up(node)
    node.pacts.forget()
    node.heads_bell.ring()
    node.delivery_bell.ring()
    return Renewed(epoch=claims.epoch, digest=claims.digest, log=await node.tree.name(), after=claims.after)


async def _refuse_unfit(claims: CharterClaims, node: Node) -> None:
    known = await known_claims(node.store, node.union.did)
    if claims.union != node.union.did:
        raise Refusal("This charter is of another union. Take the kit of this one. Nothing was changed.")
    if (claims.log_key, claims.cosigner_key) != node.vault.find_staged_epoch():
        raise Refusal(
            "This charter names other keys than those that wait in this home: somebody else renews it at this moment. "
            "Nothing was changed. See `picketline charter show`, then try again."
        )
    if claims.epoch != max(one.epoch for one in known) + 1 or set(claims.previous) != set(_digests(known)):
        raise Refusal(
            "This charter does not follow on those that are known of this union: another one came meanwhile. Nothing "
            "was changed. See `picketline charter show`, then try again."
        )
    if claims.after != await _tree(node):
        raise HeadMoved("Something was published while the charter was signed, so it names an older record. Try again.")


async def _tree(node: Node) -> TreeHead:
    """All that the record holds now."""
    tree = await node.tree.catch_up()
    return TreeHead(size=tree.size, root=await read_root(node.store, tree.name, tree.size))


async def _bring_up(node: Node) -> None:
    while not await node.heads.bring_up():
        await node.turns.look_again()


def _digests(known: Collection[CharterClaims]) -> list[str]:
    return list(dict.fromkeys(one.digest for one in sorted(known, key=lambda one: (one.epoch, one.digest))))
