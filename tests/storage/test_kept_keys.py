"""Keys kept in memory are never older than the last write that returned."""

import asyncio
from dataclasses import replace

from storage.ids import ActorId, KeyId
from storage.kept_keys import KeptKeys
from storage.sqlite.store import SqliteStore
from tests.storage.making import ANNA, BELA, a_remote_actor, a_remote_key, after
from tests.storage.test_sqlite_threads import writer_held_up

KEY = a_remote_key()
NEW_KEY = replace(KEY, public="another PEM")


async def test_a_key_looked_up_again_asks_the_file_no_more(sqlite: SqliteStore) -> None:
    await sqlite.save_remote_actor(a_remote_actor(keys=(KEY,)))
    assert KEY == await sqlite.find_remote_key(KEY.id, ANNA)
    await sqlite.database.write(lambda connection: connection.execute("DELETE FROM remote_keys"))
    assert KEY == await sqlite.find_remote_key(KEY.id, ANNA)


async def test_a_key_written_anew_or_dropped_is_seen_at_once(sqlite: SqliteStore) -> None:
    for keys, expected in (((KEY,), KEY), ((NEW_KEY,), NEW_KEY), ((), None), ((KEY,), KEY)):
        await sqlite.save_remote_actor(a_remote_actor(keys=keys))
        assert expected == await sqlite.find_remote_key(KEY.id, ANNA)
    await sqlite.remove_remote_actor(ANNA)
    assert await sqlite.find_remote_key(KEY.id, ANNA) is None


async def test_a_key_swept_with_its_actor_is_gone(sqlite: SqliteStore) -> None:
    await sqlite.save_remote_actor(a_remote_actor(keys=(KEY,)))
    assert KEY == await sqlite.find_remote_key(KEY.id, ANNA)
    assert await sqlite.remove_leftovers(before=after(days=400), limit=10) == 1
    assert await sqlite.find_remote_key(KEY.id, ANNA) is None


async def test_a_key_is_seen_when_whoever_wrote_it_has_gone_away_meanwhile(sqlite: SqliteStore) -> None:
    await sqlite.save_remote_actor(a_remote_actor(keys=(KEY,)))
    async with writer_held_up(sqlite.database):
        saving = asyncio.create_task(sqlite.save_remote_actor(a_remote_actor(keys=(NEW_KEY,))))
        await asyncio.sleep(0)
        saving.cancel()
        await asyncio.wait([saving])
        assert KEY == await sqlite.find_remote_key(KEY.id, ANNA)
    await sqlite.database.write(lambda _: None)
    assert NEW_KEY == await sqlite.find_remote_key(KEY.id, ANNA)


async def test_a_kept_key_is_its_owners_alone(sqlite: SqliteStore) -> None:
    await sqlite.save_remote_actor(a_remote_actor(keys=(KEY,)))
    assert KEY == await sqlite.find_remote_key(KEY.id)
    assert await sqlite.find_remote_key(KEY.id, BELA) is None
    theirs = replace(KEY, owner=BELA, public="PEM of a thief")
    await sqlite.save_remote_actor(a_remote_actor(BELA, keys=(theirs,)))
    assert [KEY, theirs] == [await sqlite.find_remote_key(KEY.id, owner) for owner in (ANNA, BELA)]


def test_the_owner_asked_for_least_lately_is_forgotten_first() -> None:
    kept = KeptKeys(most=2)
    first, second, third = (replace(KEY, owner=ActorId(f"https://peer.example/users/{number}")) for number in range(3))
    for key in (first, second):
        kept.keep(key)
    assert first == kept.find(first.owner, KEY.id)
    kept.keep(third)
    assert [first, None, third] == [kept.find(key.owner, KEY.id) for key in (first, second, third)]


def test_keys_that_are_long_push_out_others_so_that_all_together_stay_within_bounds() -> None:
    kept = KeptKeys(characters=100_000)
    long = replace(KEY, public="P" * 4096)
    owners = [ActorId(f"https://mal.example/{number}") for number in range(1000)]
    for owner in owners:
        for place in range(10):
            kept.keep(replace(long, owner=owner, id=KeyId(f"{owner}#{place}")))
    assert sum(len(key.public) for keys in kept._keys.values() for _, key in keys.values()) <= 100_000
    assert kept.find(owners[-1], KeyId(f"{owners[-1]}#9")) is not None
    for owner in owners:
        kept.forget(owner)
    assert (0, {}) == (kept._held, {**kept._keys})


def test_a_key_kept_again_weighs_no_more_than_once() -> None:
    kept = KeptKeys(characters=10_000)
    for _ in range(1000):
        kept.keep(KEY)
    assert kept.find(KEY.owner, KEY.id) == KEY
    assert kept._held == len(KEY.id) + len(KEY.owner) + len(KEY.public)
