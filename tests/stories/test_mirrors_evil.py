"""Evil origins and evil mirrors (refusals MIR-01 to MIR-09): noticed, refused, kept as evidence, shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.mirror.errors import Forked
from federation.mirror.receive import Submission, write_submission
from federation.mirror.unions import know_union
from federation.tlog.merkle import EMPTY_ROOT, root_of
from federation.wire import Answer
from node.cli.reading import text
from node.refusal import Refusal
from tests.stories.mirroring import (
    Alter,
    answering,
    copy_of,
    counting,
    cut_off,
    evidence,
    head,
    held,
    receipts,
    rounds,
    status,
    submit,
    three_at_work,
)
from tests.village import Village, Villager


@pytest.fixture
async def villagers(village: Village) -> tuple[Villager, Villager, Villager]:
    return await three_at_work(village)


async def test_mir_04_two_heads_of_one_size_stop_the_log_and_are_kept(
    villagers: tuple[Villager, Villager, Villager], village: Village
) -> None:
    one, two, _ = villagers
    kept = await copy_of(two, one)
    other = head(one, kept.pending_size, bytes(32))
    assert 422 == (await submit(two, write_submission(Submission(kept.pending_size, (), other))))[0]
    found = await evidence(two, one)
    assert [("fork", kept.pending, other)] == [(row.kind, row.first, row.second) for row in found]
    stopped = await copy_of(two, one)
    assert ("stopped", kept.checkpoint) == (stopped.state, stopped.checkpoint)
    assert (await held(two, one))["fork"] is True
    assert any("cannot both be right" in warning for warning in (await status(two))["warnings"])
    await one.do("post", handle="strike", text="More")
    await village.settle()
    await rounds(village)
    assert kept.size == (await copy_of(two, one)).size
    with pytest.raises(Refusal, match="because of evidence against it, not by you"):
        await two.do("mirror freeze", peer=one.node.config.url, again=True)


async def test_mir_04_a_larger_head_of_another_history_is_a_fork_when_its_tiles_prove_it(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = villagers
    kept = await copy_of(two, one)
    leaves = [bytes([number]) * 32 for number in range(kept.size + 3)]
    forged = head(one, len(leaves), root_of(leaves))

    def alter(url: str, answer: Answer) -> Answer:
        if f"{one.node.union.did}/1/checkpoint" in url:
            return replace(answer, body=forged, status=200)
        if f"{one.node.union.did}/1/tile/0/" in url:
            return replace(answer, body=b"".join(leaves), status=200)
        return answer

    with answering(two.node.wire, alter, monkeypatch):
        await rounds(village, 1)
    assert [("fork", forged)] == [(row.kind, row.second) for row in await evidence(two, one)]
    assert "stopped" == (await copy_of(two, one)).state


def _flip(body: bytes) -> bytes:
    return body[:-9] + bytes([body[-9] ^ 1]) + body[-8:] if len(body) > 9 else body


ALTERATIONS: dict[str, Callable[[bytes], bytes]] = {
    "a byte": _flip,
    "truncated": lambda body: body[: len(body) // 2],
    "garbage": lambda _: b"garbage",
    "nothing": lambda _: b"",
    "twice": lambda body: body + body,
    "lines": lambda _: b"\n" * 3000,
    "withdrawn": lambda _: b'{"withdrawn":2}\n',
}


def _altering(one: Villager, part: str, alter: Callable[[bytes], bytes]) -> Alter:
    def altered(url: str, answer: Answer) -> Answer:
        is_it = f"{one.node.union.did}/1/{part}" in url and answer.body
        return replace(answer, body=alter(answer.body)) if is_it else answer

    return altered


@pytest.mark.parametrize("part", ["tile/entries", "activities", "activity"])
async def test_mir_01_what_a_source_alters_is_not_taken_and_not_the_logs_fault(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    one, two, _ = villagers
    for alter in ALTERATIONS.values():
        with answering(two.node.wire, _altering(one, part, alter), monkeypatch):
            await one.do("post", handle="strike", text="Second")
            await one.do("post", handle="strike", text="Third")
            await two.workers.mirrors.sync(one.node.union.did)
        during = await copy_of(two, one)
        assert ("following", []) == (during.state, await evidence(two, one))
        assert (await two.do("mirror verify"))["ok"] is True  # type: ignore[index,call-overload]
    await rounds(village)
    after = await copy_of(two, one)
    assert (after.pending_size, after.pending_size) == (after.size, after.checkpoint_size)


async def test_mir_01_one_honest_source_is_enough(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = villagers

    def alter(url: str, answer: Answer) -> Answer:
        is_bad = url.startswith(one.node.config.url) and "/activit" in url
        return replace(answer, body=answer.body.replace(b"walked", b"danced")) if is_bad else answer

    with cut_off(one, two, monkeypatch=monkeypatch):
        await one.do("post", handle="strike", text="We walked on")
        await village.settle()
        await rounds(village)
    with answering(two.node.wire, alter, monkeypatch):
        await rounds(village)
    log = await copy_of(two, one)
    assert log.checkpoint_size == log.pending_size == (await copy_of(one, one)).size


async def test_mir_02_a_head_that_goes_back_is_refused_and_kept(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = villagers
    kept = await copy_of(two, one)
    older = head(one, 0, EMPTY_ROOT)

    def alter(url: str, answer: Answer) -> Answer:
        is_head = url.startswith(one.node.config.url) and url.endswith(f"{one.node.union.did}/1/checkpoint")
        return replace(answer, body=older) if is_head else answer

    with answering(two.node.wire, alter, monkeypatch):
        village.clock.move(minutes=11)
        await rounds(village)
    after = await copy_of(two, one)
    assert (kept.checkpoint_size, "following") == (after.checkpoint_size, after.state)
    assert [("lapse", older)] == [(row.kind, row.second) for row in await evidence(two, one)]


@pytest.mark.parametrize("note", [b"", b"garbage", b"\xff" * 100, b"did:key:z6Mk/1\n0\n\n"])
async def test_a_home_that_answers_with_garbage_changes_nothing(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch, note: bytes
) -> None:
    one, two, _ = villagers
    kept = await copy_of(two, one)

    def alter(url: str, answer: Answer) -> Answer:
        is_head = url.startswith(one.node.config.url) and "/checkpoint" in url
        return replace(answer, body=note) if is_head else answer

    with answering(two.node.wire, alter, monkeypatch):
        await rounds(village)
    after = await copy_of(two, one)
    assert (kept.pending, kept.size, kept.state) == (after.pending, after.size, after.state)


async def test_a_receipt_that_is_dated_more_than_five_minutes_ahead_is_ignored(
    villagers: tuple[Villager, Villager, Villager], village: Village
) -> None:
    one, two, other = villagers
    nudger, mirror = one.workers.mirrors.nudger, two.node.union.did
    ours, union = await copy_of(one, one), await know_union(one.node.store, mirror, own_url="")
    peer = await one.node.store.find_peer(mirror)
    before = {row.mirror: row for row in await one.node.store.list_receipts(ours.name)}
    assert peer is not None
    assert union is not None
    village.clock.move(hours=2)
    await two.workers.mirrors.run_once()
    village.clock.move(hours=-2)
    village.clock.move(hours=1, minutes=54)
    assert None is await nudger.fetch_receipt(peer, union, ours)
    assert before == {row.mirror: row for row in await one.node.store.list_receipts(ours.name)}
    assert other.node.union.did in before
    village.clock.move(minutes=1)
    assert await nudger.fetch_receipt(peer, union, ours) in await one.node.store.list_receipts(ours.name)


@pytest.mark.parametrize("more", [0, 1])
async def test_a_head_of_our_own_log_that_we_did_not_make_is_evidence_and_no_receipt(
    villagers: tuple[Villager, Villager, Villager], monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    one, two, _ = villagers
    ours, peer = await copy_of(one, one), await one.node.store.find_peer(two.node.union.did)
    union = await know_union(one.node.store, two.node.union.did, own_url="")
    assert peer is not None
    assert union is not None
    foreign = head(one, ours.size + more, bytes(32))
    with (
        answering(one.node.wire, lambda _url, answer: replace(answer, body=foreign), monkeypatch),
        pytest.raises(Forked, match="that this node did not make"),
    ):
        await one.workers.mirrors.nudger.fetch_receipt(peer, union, ours)
    assert [("fork", ours.checkpoint, foreign)] == [
        (row.kind, row.first, row.second) for row in await evidence(one, one)
    ]


async def test_a_mirror_that_has_heard_more_since_we_asked_it_is_no_alarm(
    villagers: tuple[Villager, Villager, Villager], village: Village
) -> None:
    one, two, _ = villagers
    before, peer = await copy_of(one, one), await one.node.store.find_peer(two.node.union.did)
    union = await know_union(one.node.store, two.node.union.did, own_url="")
    await one.do("post", handle="union", text="Said while it was asked")
    await village.settle()
    assert peer is not None
    assert union is not None
    await one.workers.mirrors.nudger.fetch_receipt(peer, union, before)
    assert [] == await evidence(one, one)


UNSERVED: list[tuple[str, Callable[[Answer], Answer]]] = [
    ("/", lambda answer: replace(answer, status=404, body=b"")),
    ("/tile/entries/", lambda answer: replace(answer, body=answer.body.replace(b"/activities/", b"/activitiez/"))),
    ("/activity/", lambda answer: replace(answer, status=404, body=b"")),
    ("/activity/", lambda answer: replace(answer, status=410, body=b"")),
    ("/activity/", lambda answer: replace(answer, body=answer.body.replace(b"/activities/", b"/activitiez/"))),
]


def _answering_with(part: str, change: Callable[[Answer], Answer]) -> Alter:
    return lambda url, answer: change(answer) if part in url else answer


async def test_a_mirror_that_does_not_serve_what_it_signed_is_found_out(
    villagers: tuple[Villager, Villager, Villager], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = villagers
    ours = await copy_of(one, one)
    peer = await one.node.store.find_peer(two.node.union.did)
    receipt = next(row for row in await one.node.store.list_receipts(ours.name) if row.mirror == two.node.union.did)
    assert peer is not None
    auditor = one.workers.mirrors.auditor
    assert await auditor.audit(peer, ours, receipt)
    for part, changes in UNSERVED:
        with answering(one.node.wire, _answering_with(part, changes), monkeypatch):
            assert not await auditor.audit(peer, ours, receipt), (part, changes)
    assert {"lapse"} == {row.kind for row in await evidence(one, two)}
    assert await auditor.audit(peer, ours, receipt)
    await one.do("mirror freeze", peer=two.node.config.url)
    await one.do("mirror freeze", peer=two.node.config.url, again=True)
    assert "following" == (await copy_of(one, two)).state


async def test_mir_08_a_removed_peer_is_neither_asked_nor_heard(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = villagers
    kept = await copy_of(two, one)
    await two.do("peer remove", url=one.node.config.url)
    await village.settle()
    note = kept.pending or b""
    assert 404 == (await submit(two, write_submission(Submission(kept.pending_size, (), note))))[0]
    with counting(two.node.wire, monkeypatch) as asked:
        await rounds(village)
    assert not [path for path in asked if one.node.union.did in path]
    assert kept.size == (await copy_of(two, one)).size


async def test_mir_07_a_peer_beyond_its_quota_is_kept_as_it_is(
    villagers: tuple[Villager, Villager, Villager], village: Village
) -> None:
    one, two, other = villagers
    puller = two.workers.mirrors.visits.puller
    object.__setattr__(puller, "quotas", replace(puller.quotas, text=1))
    before = await copy_of(two, one)
    await one.do("post", handle="strike", text="Too much")
    await village.settle()
    await rounds(village)
    after = await copy_of(two, one)
    assert (before.size, before.checkpoint_size) == (after.size, after.checkpoint_size)
    assert (await held(two, one))["complete"] is False
    assert (await receipts(one))[other.node.config.url] > before.size
    assert text(await two.do("mirror status"), "nothing") == ""


async def test_mir_03_an_origin_that_serves_less_than_it_signed_gets_no_receipt(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = villagers
    before = await copy_of(two, one)

    def alter(url: str, answer: Answer) -> Answer:
        is_newest = f"{one.node.union.did}/1/tile/entries" in url
        return replace(answer, status=404, body=b"") if is_newest else answer

    with answering(two.node.wire, alter, monkeypatch):
        await one.do("post", handle="strike", text="Second")
        await village.settle()
        await rounds(village, 1)  # one that is honest would bring it in the next
    during = await copy_of(two, one)
    assert (before.checkpoint, before.size) == (during.checkpoint, during.size)
    assert (during.pending_size, False) == (before.size + 1, (await held(two, one))["complete"])


async def test_mir_09_a_domain_that_was_taken_over_is_not_the_union(
    villagers: tuple[Villager, Villager, Villager], village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, other = villagers
    before = await copy_of(two, one)
    theirs = (await copy_of(two, other)).pending or b""
    thief = head(one, before.size + 5, bytes(32), key=Ed25519PrivateKey.generate())
    for note in (theirs, thief):

        def alter(url: str, answer: Answer, note: bytes = note) -> Answer:
            is_head = url.startswith(one.node.config.url) and "/checkpoint" in url
            return replace(answer, body=note) if is_head else answer

        with answering(two.node.wire, alter, monkeypatch):
            await rounds(village)
    after = await copy_of(two, one)
    assert (before.pending, before.size, "following") == (after.pending, after.size, after.state)
    assert [] == await evidence(two, one)
