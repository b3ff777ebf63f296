"""Entries that somebody brings (tlog-mirror, add-entries): proved, kept, and refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from federation.mirror.adding import EntryReceiver
from federation.mirror.entries import LARGEST_ENTRY
from federation.mirror.quotas import Quotas
from federation.mirror.unions import cosigner_name
from federation.tlog.cosignatures import add_lines, cosigned_at
from federation.tlog.notes import read_note
from federation.tlog.packages import MirrorInfo, spans, write_package
from storage.backends import open_store
from storage.blobs import DiskBlobs
from storage.store import Store
from tests.federation.mirror.bringing import PEER, US, Mirror, forged, in_pieces, other
from tests.federation.mirror.charters import key
from tests.federation.mirror.logs import AT, HOME, MadeLog, entry_of


@pytest.fixture
async def mirror(tmp_path: Path) -> AsyncIterator[Mirror]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    yield await a_mirror(opened, tmp_path)
    await opened.close()


async def a_mirror(store: Store, folder: Path) -> Mirror:
    """Of an actor and five notes."""
    log = MadeLog()
    log.introduce()
    for number in range(5):
        log.post(number)
    made = Mirror(store, log, DiskBlobs(folder / "media"))
    await made.begin()
    return made


def a_long_log(mirror: Mirror, size: int) -> None:
    """Entries whose activities nobody has."""
    mirror.log.entries.clear()
    for number in range(size):
        ids = {"id": f"{HOME}/activities/{number}", "object": f"{HOME}/objects/{number}"}
        document: dict[str, Any] = {"published": "2026-11-22T12:00:00Z", "type": "Create", **ids}
        mirror.log.entries.append(entry_of(document, str(number).encode()))


def info(size: int, next: int) -> MirrorInfo:
    return MirrorInfo(size=size, next=next)


async def test_a_log_that_is_brought_whole_is_promised_on_every_engine(store: Store, tmp_path: Path) -> None:
    mirror = await a_mirror(store, tmp_path)
    assert 200 == await mirror.tell()
    added = await mirror.add(mirror.upload(0, 6))
    assert (202, info(6, 6)) == (added.status, added.info)
    assert (202, info(6, 6)) == ((again := await mirror.add(mirror.head(6, 6))).status, again.info)
    assert [204] * 6 == [await mirror.put(place) for place in range(6)]
    assert 0 == (await mirror.kept()).checkpoint_size
    done = await mirror.add(mirror.head(6, 6))
    assert (200, 6) == (done.status, (await mirror.kept()).checkpoint_size)
    note = read_note(add_lines(mirror.log.sign(), [done.lines]))
    assert AT == cosigned_at(note, name=cosigner_name(US.did), public=key(102).public_key())
    leaves = await mirror.store.list_leaves((await mirror.kept()).name, 0, 99)
    assert mirror.log.bodies == [leaf.body for leaf in leaves]


async def test_what_comes_next_is_brought_behind_it(mirror: Mirror) -> None:
    await mirror.hold()
    assert 200 == (await mirror.add(mirror.head(6, 6))).status
    mirror.log.post(7)
    assert 200 == await mirror.tell(old=6)
    added = await mirror.add(mirror.upload(6, 7))
    assert (202, info(7, 7)) == (added.status, added.info)
    assert 204 == await mirror.put(6)
    assert 200 == (await mirror.add(mirror.head(7, 7))).status


async def test_a_long_log_comes_in_requests_that_each_go_on_where_the_last_ended(mirror: Mirror) -> None:
    a_long_log(mirror, 600)
    assert 200 == await mirror.tell()
    whole = mirror.upload(0, 600)
    cut = await mirror.add(whole[: len(whole) // 2])
    assert (202, info(600, 256)) == (cut.status, cut.info)
    assert info(600, 512) == (await mirror.add(mirror.upload(256, 600)[:-1])).info
    assert info(600, 600) == (await mirror.add(mirror.upload(512, 600))).info
    leaves = await mirror.store.list_leaves((await mirror.kept()).name, 0, 1000)
    assert mirror.log.entries == [leaf.entry for leaf in leaves]


async def test_entries_that_are_here_already_are_skipped(mirror: Mirror) -> None:
    a_long_log(mirror, 300)
    assert 200 == await mirror.tell(100)
    assert 202 == (await mirror.add(mirror.upload(0, 100))).status
    assert 200 == await mirror.tell(old=100)
    assert info(300, 300) == (await mirror.add(mirror.upload(60, 300))).info
    assert 300 == (await mirror.kept()).size


async def test_no_more_than_32_packages_are_looked_at_in_a_request(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.mirror.adding.MOST_PACKAGES", 2)
    a_long_log(mirror, 600)
    assert 200 == await mirror.tell()
    assert info(600, 512) == (await mirror.add(mirror.upload(0, 600))).info


async def test_a_body_that_comes_too_late_counts_as_far_as_it_came(mirror: Mirror) -> None:
    a_long_log(mirror, 300)
    assert 200 == await mirror.tell()
    raw = mirror.upload(0, 300)

    async def late() -> AsyncIterator[bytes]:
        yield raw[:-10]
        raise TimeoutError

    assert info(300, 256) == (await mirror.entries.receive(late(), asker=1)).info


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 5, info(6, 0)), (0, 7, info(6, 0)), (1, 6, info(6, 0)), (2**62, 2**62, info(6, 0))],
    ids=["no head of that size", "beyond the pending size", "a gap", "far away"],
)
async def test_what_does_not_fit_is_answered_with_how_far_we_are(
    mirror: Mirror, start: int, end: int, expected: MirrorInfo
) -> None:
    assert 200 == await mirror.tell()
    added = await mirror.add(mirror.head(start, end) + b"\x00" * 100)
    assert (409, expected, 0) == (added.status, added.info, (await mirror.kept()).size)


async def test_too_much_that_is_here_already_is_refused(mirror: Mirror) -> None:
    a_long_log(mirror, 600)
    assert 200 == await mirror.tell()
    assert 202 == (await mirror.add(mirror.upload(0, 600))).status
    added = await mirror.add(mirror.upload(0, 600))
    assert (409, info(600, 600)) == (added.status, added.info)


async def test_a_size_below_the_mirror_checkpoint_is_refused(mirror: Mirror) -> None:
    await mirror.hold()
    await mirror.add(mirror.head(6, 6))
    assert 409 == (await mirror.add(mirror.head(3, 3))).status


async def test_an_unknown_origin_is_not_found(mirror: Mirror) -> None:
    for origin in ("did:key:z6MkNobody/1", f"{PEER.did}/2", "no did", ""):
        assert 404 == (await mirror.add(mirror.head(0, 0, origin=origin or "/"))).status


async def test_before_a_head_was_told_nothing_can_be_proved(mirror: Mirror) -> None:
    assert 422 == (await mirror.add(mirror.upload(0, 6))).status


async def test_when_the_pact_has_ended_nothing_is_taken(mirror: Mirror) -> None:
    assert 200 == await mirror.tell()
    mirror.is_mutual = False
    assert 404 == (await mirror.add(mirror.upload(0, 6))).status
    assert 0 == (await mirror.kept()).size


async def test_a_stopped_log_takes_nothing(mirror: Mirror) -> None:
    assert 200 == await mirror.tell()
    await mirror.store.set_log_state((await mirror.kept()).name, "stopped")
    assert 404 == (await mirror.add(mirror.upload(0, 6))).status
    assert 0 == (await mirror.kept()).size


async def test_a_wrong_proof_keeps_nothing(mirror: Mirror) -> None:
    a_long_log(mirror, 600)
    assert 200 == await mirror.tell()
    span = next(spans(0, 600))
    proof = mirror.tree().subtree(span.first, span.end, 600)
    for hashes in (other(proof), proof[1:], [*proof, bytes(32)], []):
        package = write_package(mirror.log.entries[:256], hashes)
        assert 422 == (await mirror.add(mirror.head(0, 600) + package)).status
    assert 0 == (await mirror.kept()).size


async def test_other_entries_than_those_below_the_head_keep_nothing(mirror: Mirror) -> None:
    assert 200 == await mirror.tell()
    true, mirror.log = mirror.log, forged(mirror.log, 3)
    assert 422 == (await mirror.add(mirror.upload(0, 6))).status
    mirror.log = true
    assert ("following", 0) == ((await mirror.kept()).state, (await mirror.kept()).size)


async def test_an_entry_over_4_kib_is_refused_at_its_length_whoever_sends_it(mirror: Mirror) -> None:
    assert 200 == await mirror.tell()
    raw = mirror.head(0, 6) + (LARGEST_ENTRY + 1).to_bytes(2, "big")
    assert 422 == (await mirror.add(raw)).status
    assert "following" == (await mirror.kept()).state


async def test_what_the_logs_key_signed_and_no_log_may_hold_stops_it_with_evidence(mirror: Mirror) -> None:
    mirror.log.entries.append(b"{}")
    assert 200 == await mirror.tell()
    assert 422 == (await mirror.add(mirror.upload(0, 7))).status
    assert ("stopped", 0) == ((await mirror.kept()).state, (await mirror.kept()).size)
    assert [b"{}"] == [one.first for one in await mirror.store.list_evidence(PEER.did)]


@pytest.mark.parametrize("length", [0, 1, 30, 200])
async def test_an_upload_that_ends_too_early_is_not_understood(mirror: Mirror, length: int) -> None:
    assert 200 == await mirror.tell()
    assert 400 == (await mirror.add(mirror.upload(0, 6)[:length])).status


@pytest.mark.parametrize(("quotas", "size"), [(Quotas(text=1), 256), (Quotas(entries_a_day=0), 512)])
async def test_mir_07_beyond_its_quota_a_peer_brings_nothing(mirror: Mirror, quotas: Quotas, size: int) -> None:
    """A first fill is measured by its size alone."""
    mirror.quotas = quotas
    a_long_log(mirror, 512)
    assert 200 == await mirror.tell()
    status = (await mirror.add(mirror.upload(0, 512))).status
    assert (507 if size == 256 else 202, size) == (status, (await mirror.kept()).size)


async def test_mir_07_a_day_has_so_many_new_entries(mirror: Mirror) -> None:
    await mirror.hold()
    assert 200 == (await mirror.add(mirror.head(6, 6))).status
    mirror.quotas = Quotas(entries_a_day=2)
    mirror.wait(days=2)
    for number in range(5):
        mirror.log.post(10 + number)
    assert 200 == await mirror.tell(old=6)
    assert 507 == (await mirror.add(mirror.upload(6, 11))).status
    assert 8 == (await mirror.kept()).size
    mirror.wait(days=2)
    assert 507 == (await mirror.add(mirror.upload(8, 11))).status
    mirror.wait(days=2)
    assert 202 == (await mirror.add(mirror.upload(10, 11))).status


async def test_a_flood_of_uploads_meets_a_budget_and_others_do_not(mirror: Mirror) -> None:
    assert 200 == await mirror.tell()
    answers = [(await mirror.add(mirror.upload(0, 6)[:-1])).status for _ in range(80)]
    assert (400, 429) == (answers[0], answers[-1])
    assert 202 == (await mirror.add(mirror.upload(0, 6), asker=2)).status
    mirror.wait(minutes=1)
    assert 202 == (await mirror.add(mirror.upload(0, 6))).status


async def test_who_floods_with_heads_takes_nothing_from_the_logs_own_node(mirror: Mirror) -> None:
    """Neither with what nobody signed, nor with what anybody can send again."""
    assert 200 == await mirror.tell()
    for asker in range(100, 140):
        for _ in range(10):
            await mirror.tell(old=6, asker=asker)
    assert 429 == await mirror.tell(old=6, asker=1000)
    mirror.log.post(7)
    assert 200 == await mirror.tell(old=6, asker=1)


async def test_a_piece_of_any_size_will_do(mirror: Mirror) -> None:
    assert 200 == await mirror.tell()
    receiver: EntryReceiver = mirror.entries
    assert 202 == (await receiver.receive(in_pieces(mirror.upload(0, 6), 1), asker=1)).status
