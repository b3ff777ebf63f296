"""The head of our log: signed by one process after each append, and never one that does not extend the last."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from federation.errors import HeadRefused
from federation.keys import new_ed25519
from federation.log.heads import is_signed
from federation.log.kept import prove_consistency, prove_inclusion, read_head, read_root
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.tlog.errors import MissingTile
from federation.tlog.merkle import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion
from node.actions.doctor import check
from node.actions.findings import Finding
from node.actions.look_at_log import look_at_log
from node.cli.reading import text
from node.lifecycles import fan_out_lifecycle
from node.vault import Vault
from storage.errors import StoreAway
from storage.records import KeptLog
from tests.sharing import Shared
from tests.stories.reading_logs import our_name
from tests.twins import Stalled, a_twin
from tests.village import Village, Villager, no_pause


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    return us


async def our_log(us: Villager) -> KeptLog:
    log = await us.node.store.find_log(our_name(us))
    assert log is not None
    return log


async def change_entry(us: Villager, place: int) -> None:
    """Somebody changes the record in the store."""
    found, _ = await us.node.store.list_rows("entries", after=None, limit=100)
    row = next(dict(row) for row in found if row["place"] == place)
    await us.node.store.put_rows("entries", [{**row, "commitment": row["commitment"].replace(b"Create", b"Update")}])


async def test_the_head_is_signed_when_a_command_returns(us: Villager) -> None:
    for step in range(3):
        await us.do("post", handle="strike", text=f"update {step}")
        log = await our_log(us)
        assert (3 + step, 3 + step, True) == (log.size, log.withdrawn_to, is_signed(log))


async def test_every_head_extends_the_one_before_and_proves_what_stands_below_it(us: Villager) -> None:
    store, name = us.node.store, our_name(us)
    heads = []
    for step in range(4):
        await us.do("post", handle="strike", text=f"update {step}")
        head = await read_head(store, name)
        assert head is not None
        heads.append(head)
    last = heads[-1]
    for head in heads:
        assert head.root == await read_root(store, name, head.size)
        proof = await prove_consistency(store, name, head.size, last.size)
        verify_consistency(old_size=head.size, old_root=head.root, new_size=last.size, new_root=last.root, proof=proof)
    for leaf in await store.list_leaves(name, 0, 10, with_bodies=False):
        inclusion = await prove_inclusion(store, name, leaf.place, last.size)
        verify_inclusion(leaf=leaf_hash(leaf.entry), index=leaf.place, size=last.size, root=last.root, proof=inclusion)


async def test_nothing_is_proved_beyond_what_is_kept(us: Villager) -> None:
    store, name = us.node.store, our_name(us)
    assert EMPTY_ROOT == await read_root(store, name, 0)
    for prove in (read_root(store, name, 3), prove_inclusion(store, name, 0, 3), prove_consistency(store, name, 2, 3)):
        with pytest.raises(MissingTile):
            await prove


async def test_a_home_without_the_log_key_publishes_and_leaves_signing_to_others(
    us: Villager, caplog: pytest.LogCaptureFixture
) -> None:
    path = us.node.config.home / "keys" / "log.pem"
    key = path.read_bytes()
    path.unlink()
    caplog.set_level(logging.ERROR, "federation.log.heads")
    for words in ("We walked out", "We are many"):
        await us.do("post", handle="strike", text=words)
    log = await our_log(us)
    assert (4, 2) == (log.size, log.checkpoint_size)
    assert 1 == len(caplog.records)
    path.write_bytes(key)
    path.chmod(0o600)
    assert await us.node.heads.bring_up()
    assert is_signed(await our_log(us))


async def test_a_key_that_the_charter_does_not_name_signs_nothing(us: Villager) -> None:
    (us.node.config.home / "keys" / "log.pem").unlink()
    Vault(us.node.config.home).add_log_key(new_ed25519())
    await us.do("post", handle="strike", text="We walked out")
    assert 2 == (await our_log(us)).checkpoint_size


async def test_a_record_that_was_changed_below_the_head_stops_publishing(us: Villager) -> None:
    await us.do("post", handle="strike", text="one")
    await us.do("post", handle="strike", text="two")
    await change_entry(us, 3)
    with pytest.raises(HeadRefused, match="does not go on from the 4 entries"):
        await us.node.heads.bring_up()
    size = await us.node.store.size()
    with pytest.raises(HeadRefused, match="Nothing more is signed or published"):
        await us.do("post", handle="strike", text="three")
    assert (size, 4) == (await us.node.store.size(), (await our_log(us)).checkpoint_size)


async def sign_another(us: Villager) -> None:
    """The last head that was signed is of other entries than those that are here."""
    store, name = us.node.store, our_name(us)
    head = Checkpoint(name, 2, bytes(32))
    note = sign_checkpoint(head, key=us.node.vault.log_key())
    assert await store.set_checkpoint(name, expecting=2, size=2, checkpoint=note, at=us.node.now())


async def test_a_head_that_does_not_extend_the_last_one_is_never_signed_and_stops_publishing(us: Villager) -> None:
    await sign_another(us)
    with pytest.raises(HeadRefused, match="does not extend the 2 entries whose head was signed"):
        await us.do("post", handle="strike", text="one")
    with pytest.raises(HeadRefused):
        await us.do("post", handle="strike", text="two")
    log = await our_log(us)
    assert (3, 2) == (await us.node.store.size(), log.checkpoint_size)


async def test_nothing_is_delivered_below_a_head_that_was_refused(village: Village) -> None:
    us, other = await village.add("koreno"), await village.add("harbour")
    await us.do("campaign add", handle="strike", name="Strike")
    await other.do("follow", address=f"strike@{us.node.locations.host}")
    await village.settle()
    before = len(await us.node.store.list_deliveries(None, None, after=None, limit=100))
    await sign_another(us)
    with pytest.raises(HeadRefused):
        await us.do("post", handle="strike", text="one")
    rounds = asyncio.Semaphore(0)

    async def pause(_seconds: float) -> None:
        rounds.release()
        await asyncio.sleep(0)

    async with a_twin(us, us.node.store, pause) as twin:
        lifecycle = aiter(fan_out_lifecycle(twin.node, twin.workers.delivery)(None))  # type: ignore[arg-type]
        await anext(lifecycle)
        for _ in range(3):
            await rounds.acquire()
        with pytest.raises(StopAsyncIteration):
            await anext(lifecycle)
    assert before == len(await us.node.store.list_deliveries(None, None, after=None, limit=100))


async def test_a_crash_before_the_tree_grew_is_repaired_by_the_next_look(us: Villager) -> None:
    class Crashing(Shared):
        async def grow_log(self, *_: object, **__: object) -> bool:
            raise StoreAway("The store's server does not answer.")

    async with a_twin(us, Crashing(us.node.store), no_pause) as twin:
        with pytest.raises(StoreAway):
            await twin.do("post", handle="strike", text="We walked out")
    assert (3, 2) == (await us.node.store.size(), (await our_log(us)).size)
    assert await us.node.heads.bring_up()
    log = await our_log(us)
    assert (3, 3) == (log.size, log.checkpoint_size)


async def test_a_crash_before_the_head_was_signed_is_repaired_by_the_next_look(us: Villager) -> None:
    class Crashing(Shared):
        async def set_checkpoint(self, *_: object, **__: object) -> bool:
            raise StoreAway("The store's server does not answer.")

    async with a_twin(us, Crashing(us.node.store), no_pause) as twin:
        with pytest.raises(StoreAway):
            await twin.do("post", handle="strike", text="We walked out")
    assert (3, 2) == ((await our_log(us)).size, (await our_log(us)).checkpoint_size)
    assert await us.node.heads.bring_up()
    assert is_signed(await our_log(us))


async def test_of_two_processes_that_grow_the_tree_one_is_faster_and_the_other_looks_again(us: Villager) -> None:
    stalled = Stalled(us.node.store, "grow_log")
    async with a_twin(us, stalled, no_pause) as twin:
        late = asyncio.create_task(twin.do("post", handle="strike", text="We walked out"))
        await stalled.stalls.acquire()
        assert await us.node.heads.bring_up()
        assert is_signed(await our_log(us))
        stalled.goes.release()
        await late
    log = await our_log(us)
    assert (3, 3) == (log.size, log.checkpoint_size)


async def test_while_another_process_signs_nobody_else_does(us: Villager) -> None:
    stalled, seen = Stalled(Shared(us.node.store), "set_checkpoint"), []
    async with a_twin(us, stalled, no_pause) as slow, a_twin(us, Shared(us.node.store), no_pause) as fast:
        late = asyncio.create_task(slow.do("post", handle="strike", text="We walked out"))
        await stalled.stalls.acquire()
        seen.append(await fast.node.heads.bring_up())
        stalled.goes.release()
        await late
        seen.append(await fast.node.heads.bring_up())
    assert [False, True] == seen
    assert is_signed(await our_log(us))


async def test_many_processes_publish_at_once_and_each_head_extends_the_one_before(us: Villager) -> None:
    signed: list[bytes] = []

    class Noting(Shared):
        async def set_checkpoint(self, *given: Any, checkpoint: bytes, **named: Any) -> bool:
            was_set: bool = await self._store.set_checkpoint(*given, checkpoint=checkpoint, **named)
            if was_set:
                signed.append(checkpoint)
            return was_set

    async def publish(twin: Villager, words: str) -> None:
        await twin.do("post", handle="strike", text=words, serial=us.node.new_serial())

    async with a_twin(us, Noting(us.node.store), no_pause) as one, a_twin(us, Noting(us.node.store), no_pause) as two:
        await asyncio.gather(*(publish(twin, f"update {step}") for step in range(4) for twin in (one, two)))
        assert await one.node.heads.bring_up()
    sizes = [int(note.split(b"\n")[1]) for note in signed]
    assert sorted(set(sizes)) == sizes
    assert (10, True) == (sizes[-1], is_signed(await our_log(us)))


async def test_a_record_of_an_older_release_gets_its_tree_at_the_first_start(village: Village) -> None:
    """Such a home has a record and no kept log; its store was brought to the newest schema when it was opened."""
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    update = await us.do("post", handle="strike", text="We walked out")
    await us.do("retract", id=text(update, "id"))
    before = await read_head(us.node.store, our_name(us))
    for table in ("kept_logs", "kept_leaves", "kept_bodies", "kept_tiles"):
        await us.node.store.clear_rows(table)
    assert await us.node.store.find_log(our_name(us)) is None
    lifecycle = aiter(fan_out_lifecycle(us.node, us.workers.delivery)(None))  # type: ignore[arg-type]
    rang = asyncio.Event()
    us.node.heads_bell.listeners.append(rang.set)
    await anext(lifecycle)
    await rang.wait()
    with pytest.raises(StopAsyncIteration):
        await anext(lifecycle)
    assert before == await read_head(us.node.store, our_name(us))
    assert ["held", "held", "hidden", "held"] == [
        leaf.state for leaf in await us.node.store.list_leaves(our_name(us), 0, 10)
    ]


async def test_the_doctor_says_how_the_record_is(us: Villager) -> None:
    assert ("ok", "The record of 2 entries has a signed head.") == said(await look_at_log(us.node))
    path = us.node.config.home / "keys" / "log.pem"
    path.rename(path.with_name("elsewhere.pem"))
    await us.do("post", handle="strike", text="We walked out")
    says = "The record has 3 entries, but its signed head covers 2 of them."
    assert ("warn", says) == said(await look_at_log(us.node))
    for table in ("kept_logs", "kept_leaves", "kept_bodies", "kept_tiles"):
        await us.node.store.clear_rows(table)
    level, says = said(await look_at_log(us.node))
    assert ("warn", True) == (level, "no head of it was signed yet" in says)


async def test_the_doctor_finds_a_head_that_is_not_of_this_record(us: Villager) -> None:
    await sign_another(us)
    level, says = said(await look_at_log(us.node))
    assert ("fail", True) == (level, "not the one whose head was signed" in says)
    with pytest.raises(HeadRefused):
        await us.do("post", handle="strike", text="one")
    found = [finding for finding in await check(us.node) if finding.what == "log"]
    assert ["fail"] == [finding.level for finding in found]
    assert "Nothing more is signed or published" in found[0].says


def said(finding: Finding) -> tuple[str, str]:
    return finding.level, finding.says
