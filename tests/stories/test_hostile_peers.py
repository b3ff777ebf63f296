"""A hostile employer with money: peers with valid keys that lie, homes that were captured, and strangers."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from federation.log.kept import head_in
from federation.mirror.errors import BadSource
from federation.mirror.unions import know_union
from federation.tlog.cosignatures import add_lines
from node.refusal import Refusal
from tests.elsewhere import Elsewhere
from tests.stories.feigned import Feigned
from tests.stories.mirroring import copy_of, rounds
from tests.stories.pact_scene import ARCHIVE, HARBOUR, Scene, scene

__all__ = ["scene"]


async def epochs(scene: Scene) -> list[int]:
    return [charter.epoch for charter in await scene.us.node.store.list_charters(HARBOUR.did)]


def next_charter(scene: Scene, *homes: str) -> bytes:
    return HARBOUR.charter(*homes, epoch=2, previous=[HARBOUR.charter(scene.home.base)])


async def test_a_union_cannot_name_an_address_of_somebody_else_as_its_home(scene: Scene) -> None:
    """Its words would be shown here under the name of whoever lives there, whom nobody has pinned yet."""
    scene.home.live_in(HARBOUR)
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.home.base))
    with pytest.raises(Refusal, match="no charter of that union is shown"):
        await scene.add(scene.mal)
    await scene.ask(scene.mal)
    assert ([], []) == (await scene.peers(), await scene.us.node.store.list_charters(ARCHIVE.did))
    await scene.add()


async def test_a_peer_cannot_claim_an_address_of_somebody_else_in_a_later_charter(scene: Scene) -> None:
    await scene.befriend()
    scene.mal.live_in(ARCHIVE)
    scene.home.serve_charter(HARBOUR, next_charter(scene, scene.home.base, scene.mal.base))
    await rounds(scene.village, 6)
    await scene.ask()
    assert [1] == await epochs(scene)


async def test_a_new_home_is_believed_once_it_answers_for_the_union(scene: Scene) -> None:
    await scene.befriend()
    later = next_charter(scene, scene.mal.base, scene.home.base)
    scene.home.serve_charter(HARBOUR, later)
    scene.mal.serve_charter(HARBOUR, later)
    await rounds(scene.village, 6)
    assert [2, 1] == await epochs(scene)


async def test_a_stranger_in_a_home_that_was_given_up_takes_no_words_from_the_union(scene: Scene) -> None:
    """It asks for a pact from there; what the union said under that address stays its own."""
    await scene.befriend()
    moved = next_charter(scene, scene.mal.base)
    scene.mal.live_in(HARBOUR, moved)
    await scene.ask(scene.mal)
    old: Feigned = scene.home
    old.live_in(ARCHIVE)
    await scene.ask(old)
    assert {(HARBOUR.did, "mutual"), (ARCHIVE.did, "waiting")} == set(await scene.peers())
    union = await know_union(scene.us.node.store, HARBOUR.did, own_url=scene.us.node.config.url)
    assert union is not None
    assert {old.base, scene.mal.base} == union.origins


async def test_a_receipt_claimed_by_another_with_the_same_key_is_not_counted_twice(scene: Scene) -> None:
    """Any charter may name any public key; the name of who signs is not under the signature."""
    us, true, liar = scene.us, Elsewhere("https://true.example"), Elsewhere("https://liar.example")
    liar.cosigner = true.cosigner
    for number, one in enumerate((true, liar)):
        await us.node.store.add_peer(one.peer(added_at=scene.village.clock() + timedelta(hours=number)))
        await us.node.store.add_charter(one.charter())
    await us.work()
    ours = await copy_of(us, us)
    nudger, counted = us.workers.mirrors.nudger, []
    for one in (true, liar):
        line = one.receipt_for(head_in(ours.checkpoint or b""), at=scene.village.clock()).line
        union = await know_union(us.node.store, one.did, own_url=us.node.config.url)
        assert union is not None
        with suppress(BadSource):
            counted.append(await nudger._read(add_lines(ours.checkpoint or b"", [line]), one.peer(), union, ours))
    assert [true.did] == [receipt.mirror for receipt in counted if receipt is not None]
