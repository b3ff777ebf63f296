"""From one epoch of a peer's log to the next: what counts is kept, what does not is seen no more."""

from __future__ import annotations

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.identity.charter import TreeHead, read_charter
from federation.mirror.epochs import adopt_prefix, open_epoch
from federation.mirror.heads import pending_head
from federation.mirror.receive import HeadReceiver, Submission, write_submission
from federation.mirror.unions import KnownUnion
from federation.mirror.withdrawals import settle
from federation.tlog.checkpoints import sign_checkpoint
from storage.ids import Did, LogName
from storage.store import Store
from tests.elsewhere import Elsewhere
from tests.federation.mirror.logs import AT, MadeLog
from tests.federation.mirror.test_pulling import ServedWire, a_log, a_union, find, follow, pull, source


def renewed(union: Elsewhere, size: int) -> KnownUnion:
    """The union after it ended its first epoch at this size."""
    after = TreeHead(size=size, root=union.head(size).root)
    body = union.charter(epoch=2, after=after, previous=[union.charter().digest]).body
    return KnownUnion(newest=read_charter(body), origins=frozenset({union.url}))


async def shown(store: Store, name: LogName) -> list[bytes | None]:
    return [leaf.body for leaf in reversed(await store.list_standing(name, None, before=None, limit=99))]


async def test_what_a_thief_said_beyond_the_end_of_an_epoch_is_seen_no_more(store: Store) -> None:
    union = Elsewhere()
    union.introduce()
    edited, deleted, stays = (union.say(f"<p>{word}</p>") for word in ("Edited", "Deleted", "Stays"))
    size = union.size
    said = [activity.body for _, activity in union.said[1:]]
    union.edit(edited, "<p>The strike is over</p>")
    union.retract(deleted)
    union.say("<p>Go home</p>")
    await union.hold(store)
    assert [said[2]] == (await shown(store, union.log))[:1]
    kept = await open_epoch(store, renewed(union, size), at=AT)
    assert [said[2]] == await shown(store, union.log)  # the others come back as soon as the new log is whole
    assert (size, ["fork"]) == (kept.size, [one.kind for one in await store.list_evidence(union.did)])
    await settle(store, kept.name, to=size, at=AT, standing=0)
    assert said == await shown(store, kept.name)
    standing = [await store.find_standing(kept.name, one) for one in (edited, deleted, stays)]
    assert said == [leaf.body for leaf in standing if leaf is not None]


async def test_what_the_union_itself_took_back_stays_taken_back_in_the_next_epoch(store: Store) -> None:
    union = Elsewhere()
    union.introduce()
    union.retract(union.say("<p>A mistake</p>"))
    await union.hold(store)
    kept = await open_epoch(store, renewed(union, union.size), at=AT)
    await settle(store, kept.name, to=union.size, at=AT, standing=0)
    assert ["held", "hidden", "held"] == [leaf.state for leaf in await store.list_leaves(kept.name, 0, 9)]
    assert ([], []) == (await shown(store, kept.name), await store.list_evidence(union.did))


async def test_a_mirror_that_was_behind_fetches_what_it_lacks_and_no_more(store: Store) -> None:
    root, log = Ed25519PrivateKey.generate(), a_log(6)
    first = a_union(root, log)
    await follow(store, first, log)
    await pull(store, first, [ServedWire(log)])
    for number in range(3):
        log.post(50 + number)
    after, log.log_key = log.head(), Ed25519PrivateKey.generate()
    second = a_union(root, log, epoch=2, after=TreeHead(size=after.size, root=after.root))
    assert 0 == (await open_epoch(store, second, at=AT)).size
    name, wire = await follow(store, second, log), ServedWire(log)
    assert (await pull(store, second, [wire])).is_promised
    assert log.bodies == [leaf.body for leaf in await store.list_leaves(name, 0, 99)]
    assert [] == [path for path in wire.asked if path.startswith("activities?from=0")]


async def test_what_a_source_does_not_prove_is_not_adopted(store: Store) -> None:
    root, log, other = Ed25519PrivateKey.generate(), a_log(6), a_log(8)
    first = a_union(root, log)
    await follow(store, first, log)
    await pull(store, first, [ServedWire(log)])
    second = a_union(root, other, epoch=2, after=TreeHead(size=8, root=other.head(8).root))
    name = await follow(store, second, other)
    kept = await find(store, name)
    assert 0 == await adopt_prefix(store, kept, pending_head(kept), source(ServedWire(other)))
    assert 0 == (await find(store, name)).size


async def test_a_new_log_that_does_not_begin_with_what_its_charter_names_is_stopped(store: Store) -> None:
    root, log, other = Ed25519PrivateKey.generate(), a_log(6), a_log(9)
    first = a_union(root, log)
    await follow(store, first, log)
    await pull(store, first, [ServedWire(log)])
    second = a_union(root, other, epoch=2, after=TreeHead(size=7, root=log.head(7).root))
    assert 7 == (await open_epoch(store, second, at=AT)).size
    name = await follow(store, second, other)
    assert not (await pull(store, second, [ServedWire(other)])).is_promised
    assert ("stopped", 7) == ((await find(store, name)).state, (await find(store, name)).size)
    assert ["fork"] == [one.kind for one in await store.list_evidence(second.newest.union)]


async def test_word_of_an_epoch_that_is_not_known_makes_us_ask_and_word_of_an_old_one_does_not(store: Store) -> None:
    union = Elsewhere()
    union.introduce()
    await union.hold(store)
    heard: list[Did] = []

    async def is_so(did: Did) -> bool:
        return did == union.did

    receiver = HeadReceiver(
        store=store,
        own_url="https://us.example",
        is_mutual=is_so,
        may_take=is_so,
        wake=lambda _did: None,
        now=lambda: AT + timedelta(days=1),
        later_epoch=heard.append,
    )
    stranger = Elsewhere()
    for origin in (f"{union.did}/2", f"{union.did}/0", f"{union.did}/x", f"{stranger.did}/2"):
        log = MadeLog(name=origin)
        log.introduce()
        note = sign_checkpoint(log.head(), key=log.log_key)
        assert 404 == (await receiver.receive(write_submission(Submission(0, (), note)))).status
    assert [union.did] == heard
