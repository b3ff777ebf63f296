"""Homes that lie about who lives there: each is refused, and what is pinned stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from federation.identity.charter import charter_digest
from federation.mirror.errors import BrokenLog
from federation.mirror.heads import stop
from node.cli.reading import member, rows
from node.refusal import Refusal
from storage.ids import LogName
from storage.records import empty_log
from tests.stories.feigned import Feigned
from tests.stories.pact_scene import ARCHIVE, HARBOUR, Scene, scene
from tests.stories.test_pacts import befriend, charter_shown
from tests.twins import a_twin
from tests.village import no_pause

__all__ = ["scene"]


def garbage(home: Feigned) -> None:
    home.live_in(HARBOUR, b"<html>")


def altered(home: Feigned) -> None:
    home.live_in(HARBOUR, HARBOUR.charter(home.base).replace(b"Harbour", b"Harbauer"))


def of_another(home: Feigned) -> None:
    home.live_in(HARBOUR, ARCHIVE.charter(home.base))


def not_named(home: Feigned) -> None:
    home.live_in(HARBOUR, HARBOUR.charter("https://harbour.example"))


def no_did(home: Feigned) -> None:
    home.live_in(HARBOUR, did=None)


def odd_did(home: Feigned) -> None:
    home.live_in(HARBOUR, did="did:web:harbour.example", log=f"{home.base}/log/did:web:harbour.example")


def log_elsewhere(home: Feigned) -> None:
    home.live_in(HARBOUR, log=f"https://elsewhere.example/log/{HARBOUR.did}")


def a_person(home: Feigned) -> None:
    home.live_in(HARBOUR, type="Person")


def inbox_elsewhere(home: Feigned) -> None:
    home.live_in(HARBOUR, inbox="https://elsewhere.example/inbox")


def no_charter(home: Feigned) -> None:
    home.live_in(HARBOUR)
    home.site.answer(f"/log/{HARBOUR.did}/charter", status=404)


def huge_charter(home: Feigned) -> None:
    home.live_in(HARBOUR, b"[" + b" " * 2 * 1024 * 1024)


def nested_charter(home: Feigned) -> None:
    home.live_in(HARBOUR, b"[" * 100_000)


def redirected_charter(home: Feigned) -> None:
    home.live_in(HARBOUR)
    home.site.answer("/elsewhere", HARBOUR.charter(home.base), Content_Type="application/json")
    home.site.answer(f"/log/{HARBOUR.did}/charter", status=302, Location="/elsewhere")


def redirected_actor(home: Feigned) -> None:
    home.live_in(HARBOUR)
    home.site.answer("/actor", status=302, Location=f"{home.base}/actor2")


LIES = [
    garbage,
    altered,
    of_another,
    not_named,
    no_did,
    odd_did,
    log_elsewhere,
    a_person,
    inbox_elsewhere,
    no_charter,
    huge_charter,
    nested_charter,
    redirected_charter,
    redirected_actor,
]


@pytest.mark.parametrize("lie", LIES)
async def test_a_home_that_cannot_be_believed_is_not_asked(scene: Scene, lie: Any) -> None:
    lie(scene.home)
    with pytest.raises(Refusal, match="Nothing was changed"):
        await scene.add()
    assert ([], 0) == (await scene.peers(), await scene.said("Follow"))
    assert [] == await scene.us.node.store.list_charters(HARBOUR.did)


async def test_who_shows_the_true_charter_of_a_union_that_lives_elsewhere_is_not_its_home(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    scene.mal.live_in(HARBOUR, HARBOUR.charter(scene.home.base))
    with pytest.raises(Refusal, match=f"does not name {scene.mal.base} as a home"):
        await scene.add(scene.mal)
    assert [] == await scene.peers()
    await scene.add()
    assert [(HARBOUR.did, "asked")] == await scene.peers()


@pytest.mark.parametrize("lie", [garbage, altered, of_another, not_named, no_did, log_elsewhere])
async def test_a_home_that_cannot_be_believed_asks_in_vain(scene: Scene, lie: Any) -> None:
    lie(scene.home)
    await scene.ask()
    assert ([], 1, 0) == (await scene.peers(), await scene.said("Reject"), await scene.said("Accept"))


async def test_what_is_no_node_is_rejected_without_a_look(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    scene.home.actor("eve")
    follow = scene.home.ask(scene.us, name="eve")
    assert await scene.say(follow, name="eve") == 202
    assert ([], 1) == (await scene.peers(), await scene.said("Reject"))
    assert 0 == scene.home.site.fetches[f"/log/{HARBOUR.did}/charter"]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("http://union.example", "cannot be a peer's address"),
        ("union.example:8443", "cannot be a peer's address"),
        ("https://user@union.example", "cannot be a peer's address"),
        ("file:///etc/passwd", "cannot be a peer's address"),
        ("", "cannot be a peer's address"),
        ("https://union.example/@union", "Give its address alone: https://union.example"),
        ("https://10.0.0.7", "cannot be reached"),
    ],
)
async def test_an_address_that_cannot_be_a_peers_is_refused(
    scene: Scene, named: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(scene.us.node.config, "dev", False)
    monkeypatch.setattr(scene.us.node.wire, "dev", False)
    with pytest.raises(Refusal, match=says):
        await scene.us.do("peer add", url=named)


async def test_our_own_address_is_refused(scene: Scene) -> None:
    with pytest.raises(Refusal, match="is this node itself"):
        await scene.us.do("peer add", url=scene.us.node.config.url + "/")


async def test_a_server_that_does_not_answer_is_told_from_one_that_is_no_node(scene: Scene) -> None:
    with pytest.raises(Refusal, match="not as a Picketline node"):
        await scene.add()
    scene.home.live_in(HARBOUR)
    scene.home.site.answer("/actor", status=503)
    with pytest.raises(Refusal, match="cannot be reached now"):
        await scene.add()


async def test_a_did_that_changes_under_a_pinned_address_is_an_alarm(scene: Scene) -> None:
    before = await scene.befriend()
    scene.home.live_in(ARCHIVE)
    with pytest.raises(Refusal, match=r"ALARM.*pinned to Harbour"):
        await scene.add()
    await scene.ask()
    assert before == await scene.peer()
    assert [(HARBOUR.did, "mutual")] == await scene.peers()
    (alarm,) = await scene.alarms()
    assert "Archive" in str(alarm)
    assert "fail" == await scene.finding()


async def test_a_second_union_that_claims_a_pinned_home_is_refused_and_evident(scene: Scene) -> None:
    await scene.befriend()
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.home.base))
    with pytest.raises(Refusal, match="pinned to Harbour"):
        await scene.add(scene.mal)
    await scene.ask(scene.mal)
    assert [(HARBOUR.did, "mutual")] == await scene.peers()
    assert ["claim"] == [piece.kind for piece in await scene.us.node.store.list_evidence(HARBOUR.did)]


async def test_a_claim_is_shown_for_a_month_and_kept_for_good(scene: Scene) -> None:
    await scene.befriend()
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.home.base))
    await scene.ask(scene.mal)
    assert 1 == len(await scene.alarms())
    scene.village.clock.move(days=31)
    assert ([], 1) == (await scene.alarms(), len(await scene.us.node.store.list_evidence(HARBOUR.did)))


async def test_claims_of_strangers_leave_room_for_what_the_union_itself_signed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.mirror.charters.MOST_EVIDENCE", 1)
    await scene.befriend()
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.home.base))
    await scene.ask(scene.mal)
    scene.home.serve_charter(HARBOUR, HARBOUR.charter(scene.home.base, name="Harbour again"))
    await scene.ask()
    assert not await scene.us.node.pacts.may_take(HARBOUR.did)


async def test_claims_of_strangers_do_not_keep_a_frozen_peer_frozen(scene: Scene) -> None:
    await scene.befriend()
    store, name = scene.us.node.store, LogName(f"{HARBOUR.did}/1")
    await store.add_log(empty_log(name, did=HARBOUR.did, epoch=1, state="following"))
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.home.base))
    await scene.ask(scene.mal)
    await scene.us.do("mirror freeze", peer=scene.home.base)
    assert any(
        "it was frozen here" in str(said) for said in rows(member(await scene.us.do("mirror status"), "warnings"))
    )
    await scene.us.do("mirror freeze", peer=scene.home.base, again=True)
    kept = await store.find_log(name)
    assert kept is not None
    assert ("following", 1) == (kept.state, len(await scene.alarms()))


async def test_what_a_log_may_not_hold_stops_it_for_good_and_is_kept_beside_any_number_of_claims(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for room in ("charters", "heads"):
        monkeypatch.setattr(f"federation.mirror.{room}.MOST_EVIDENCE", 1)
    await scene.befriend()
    store, kept = (
        scene.us.node.store,
        empty_log(LogName(f"{HARBOUR.did}/1"), did=HARBOUR.did, epoch=1, state="following"),
    )
    await store.add_log(kept)
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.home.base))
    await scene.ask(scene.mal)
    broken = BrokenLog("It names a host that is not its own.", first=b"{}", second=b"", kind="home")
    assert await stop(store, kept, broken, at=scene.village.clock())
    assert ["claim", "home"] == sorted(piece.kind for piece in await store.list_evidence(HARBOUR.did))
    assert "a mirrored log was stopped" in caplog.messages
    assert any(
        "evidence against its record" in str(said)
        for said in rows(member(await scene.us.do("mirror status"), "warnings"))
    )
    with pytest.raises(Refusal, match="because of evidence against it, not by you"):
        await scene.us.do("mirror freeze", peer=scene.home.base, again=True)


async def test_a_union_that_claims_our_own_address_is_refused_and_check_says_so(scene: Scene) -> None:
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.us.node.config.url))
    await scene.ask(scene.mal)
    with pytest.raises(Refusal, match="our own address"):
        await scene.add(scene.mal)
    assert ([], "fail") == (await scene.peers(), await scene.finding())


async def test_a_home_that_falls_back_to_an_old_charter_is_refused(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    first = HARBOUR.charter(scene.home.base)
    second = HARBOUR.charter(scene.home.base, epoch=2, previous=[first])
    scene.home.serve_charter(HARBOUR, second)
    await scene.add()
    scene.home.serve_charter(HARBOUR, first)
    with pytest.raises(Refusal, match="we know one of epoch 2"):
        await scene.add()
    await scene.ask()
    assert ("asked", 1) == ((await scene.peer()).state, await scene.said("Reject"))


async def test_a_newcomer_is_told_by_a_mirror_that_a_captured_home_serves_an_old_charter(scene: Scene) -> None:
    """The mirror is a whole node that knows the newer charter; the home serves the one it was captured with."""
    mirror = await scene.village.add("archive")
    await befriend(scene.village, scene.us, mirror)
    scene.home.live_in(HARBOUR)
    first = HARBOUR.charter(scene.home.base)
    second = HARBOUR.charter(scene.home.base, epoch=2, previous=[first])
    scene.home.serve_charter(HARBOUR, second)
    await mirror.do("peer add", url=scene.home.base)
    scene.home.serve_charter(HARBOUR, first)
    with pytest.raises(Refusal, match="lags behind, or holds a home that was given up"):
        await scene.add()
    assert [mirror.node.union.did] == [did for did, _ in await scene.peers()]


async def test_after_long_away_the_mirrors_are_asked_first(scene: Scene) -> None:
    """The union went on to a new charter while we were down, and its home was captured with the old one."""
    mirror = await scene.village.add("archive")
    await befriend(scene.village, scene.us, mirror)
    await scene.befriend()
    first = HARBOUR.charter(scene.home.base)
    scene.home.serve_charter(HARBOUR, HARBOUR.charter(scene.home.base, epoch=2, previous=[first]))
    await mirror.do("peer add", url=scene.home.base)
    scene.home.serve_charter(HARBOUR, first)
    scene.village.clock.move(hours=2)
    async with a_twin(scene.us, scene.us.node.store, no_pause) as begun:
        await begun.workers.pacts.run_once()
    assert [2, 1] == [charter.epoch for charter in await scene.us.node.store.list_charters(HARBOUR.did)]


async def test_a_mirror_that_shows_the_same_charter_confirms_at_once(scene: Scene) -> None:
    mirror = await scene.village.add("archive")
    await befriend(scene.village, scene.us, mirror)
    scene.home.live_in(HARBOUR)
    await mirror.do("peer add", url=scene.home.base)
    assert member(await scene.add(), "confirmed_at") is not None


async def test_two_charters_of_one_epoch_stop_what_is_taken_until_somebody_chooses(scene: Scene) -> None:
    await scene.befriend()
    rival = HARBOUR.charter(scene.home.base, name="Harbour again")
    scene.home.serve_charter(HARBOUR, rival)
    await scene.ask()
    pacts, did = scene.us.node.pacts, HARBOUR.did
    assert (True, False) == (await pacts.is_mutual(did), await pacts.may_take(did))
    (row,) = rows(await scene.us.do("peer list"))
    first = HARBOUR.charter(scene.home.base)
    assert sorted(map(charter_digest, (first, rival))) == rows(member(row, "charters"))
    assert ("fail", (200, first)) == (await scene.finding(), await charter_shown(scene.us, did))
    with pytest.raises(Refusal, match="is none of them"):
        await scene.us.do("peer resolve", url=scene.home.base, charter="zQmNothing")
    await scene.us.do("peer resolve", url=scene.home.base, charter=charter_digest(rival))
    assert (True, (200, rival)) == (await pacts.may_take(did), await charter_shown(scene.us, did))
    with pytest.raises(Refusal, match="nothing is to be chosen"):
        await scene.us.do("peer resolve", url=scene.home.base, charter=charter_digest(rival))
