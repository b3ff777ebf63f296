"""A store with something in every table, made by the verbs."""

from __future__ import annotations

from storage.ids import Host
from storage.store import Store
from tests.storage.keeping import (
    LOG,
    SAYS,
    a_held,
    a_held_file,
    a_leaf,
    a_peer,
    a_receipt,
    a_retraction,
    a_withheld,
    keep,
    some_evidence,
)
from tests.storage.making import (
    ANNA,
    BELA,
    LEASE,
    a_charter,
    a_delivery,
    a_follower,
    a_following,
    a_host,
    a_picture,
    a_post,
    a_reaction,
    a_received,
    a_remote_actor,
    a_remote_post,
    a_report,
    a_result,
    a_scheme,
    a_union,
    after,
    an_activity,
    an_actor,
    an_entry,
)
from tests.storage.test_blocks import a_block
from tests.storage.test_highlights import a_boost, a_pin
from tests.storage.test_moves import a_move


async def fill(store: Store, posts: int = 3) -> None:
    """The same rows on every engine."""
    await store.add_union(a_union())
    await store.add_charter(a_charter())
    await store.add_actor(an_actor())
    await _publish(store, posts)
    await _meet_people(store)
    await _queue(store, posts)
    await _mirror(store)


async def _publish(store: Store, posts: int) -> None:
    for number in range(1, posts + 1):
        await store.append(an_entry(number), an_activity(number), expecting=number - 1)
        await store.save_post(a_post(number, pictures=(a_picture(number, preview=90 + number), a_picture(50))))
    await store.save_post(a_post(1, retracted_at=after(hours=1)))
    await store.advance_cursor("pages", expecting=0, to=posts)
    await store.add_boost(a_boost())
    await store.save_pin(a_pin(2))


async def _meet_people(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(ANNA))
    await store.save_remote_actor(a_remote_actor(BELA, handle="bela", shared_inbox=None))
    await store.save_remote_post(a_remote_post(1))
    await store.save_remote_post(a_remote_post(2, actor=BELA))
    await store.delete_remote_post(a_remote_post(2).id, BELA, now=after())
    await store.save_follower(a_follower(ANNA))
    await store.save_follower(a_follower(BELA, state="waiting", shared_inbox=""))
    await store.save_following(a_following())
    await store.add_reaction(a_reaction())
    await store.add_report(a_report())
    await store.add_blocks([a_block(), a_block("@who@mal.example", "address", "말썽")])
    await store.save_move(a_move())


async def _queue(store: Store, posts: int) -> None:
    await store.save_host(a_host(), keep=9)
    await store.save_host_scheme(a_scheme(), keep=9)
    await store.add_received(a_received(1))
    await store.add_received(a_received(2))
    hosts = ("peer.example", "b.example")
    made = [a_delivery(number, host) for number in range(1, posts + 1) for host in hosts]
    await store.add_deliveries(made, now=after())
    lent = await store.claim_deliveries(
        now=after(), until=after(minutes=5), lease=LEASE, limit=2, per_host=1, busy=[Host("nobody.example")]
    )
    await store.finish_deliveries([a_result(lent[0])])


async def _mirror(store: Store) -> None:
    await store.add_peer(a_peer())
    await keep(store, [a_held(0, object=SAYS), a_leaf(1), a_held(2), a_held(3)], pending=b"a head", pending_size=4)
    await store.withdraw_leaves(LOG, expecting=0, to=3, places=[2], standing={2: False}, at=after())
    await store.set_checkpoint(LOG, expecting=0, size=2, checkpoint=b"a head\x00\xff", at=after())
    await store.save_receipt(a_receipt())
    await store.add_evidence(some_evidence())
    await store.withhold(a_withheld())
    await store.add_retraction(a_retraction())
    await store.save_held_media([a_held_file(1), a_held_file(2, is_held=False)])
