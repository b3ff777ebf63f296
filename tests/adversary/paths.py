"""Every path on which our node turns to a host that others name; each is walked towards a base URL of a test's choice.

NodeInfo of others is asked on no path: `test_each_path_asks_what_it_is_for` holds that.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiohttp

from federation.httpsig.sign import sign_cavage
from federation.mirror.pacts import their_pending
from federation.mirror.source import Source
from node.errors import REFUSALS
from storage.ids import ActivityId, ActorId, Digest, InboxUrl, KeyId
from storage.records import Follower, HeldMedia, Move
from tests.elsewhere import Elsewhere
from tests.stories.strangers import ACTIVITY, key_number
from tests.village import Clock, Villager


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """Our node, its clock, and where its door is on loopback."""

    us: Villager
    clock: Clock
    door: str

    async def do(self, command: str, **params: str) -> None:
        """Refused or not: what left is looked at by the test."""
        with suppress(*REFUSALS):
            await self.us.do(command, **params)


Path = Callable[[Walker, str], Awaitable[None]]


async def ask_key(walker: Walker, base: str) -> None:
    """A delivery is signed by a key that lies there."""
    actor = f"{base}/eve"
    document = {"id": f"{actor}/1", "type": "Follow", "actor": actor, "object": walker.us.node.union_actor}
    body, url = json.dumps(document).encode(), walker.us.node.locations.shared_inbox
    headers = sign_cavage(
        method="POST",
        url=url,
        body=body,
        content_type=ACTIVITY,
        key_id=KeyId("placeholder"),
        key=key_number(2),
        now=walker.clock(),
    )
    headers["Signature"] = headers["Signature"].replace("placeholder", f"{actor}#main-key")
    with suppress(ValueError):  # the client itself sends no line break
        async with aiohttp.ClientSession() as session, session.post(f"{walker.door}/inbox", data=body, headers=headers):
            pass


async def ask_actor(walker: Walker, base: str) -> None:
    """An organiser follows an actor by its id."""
    await walker.do("follow", address=f"{base}/eve")


async def ask_object(walker: Walker, base: str) -> None:
    """An organiser boosts a post by its id."""
    await walker.do("boost", url=f"{base}/notes/1")


async def ask_webfinger(walker: Walker, base: str) -> None:
    """An organiser follows an actor by its address."""
    await walker.do("follow", address=f"eve@{base.partition('://')[2]}")


async def ask_mentioned(walker: Walker, base: str) -> None:
    """An organiser mentions somebody."""
    await walker.do("post", handle="union", text=f"Thanks, @eve@{base.partition('://')[2]}!")


async def ask_move(walker: Walker, base: str) -> None:
    """Somebody said to have moved there."""
    at = walker.clock()
    move = Move(
        actor=ActorId(f"https://gone.test/{len(base)}"),
        target=ActorId(f"{base}/eve"),
        state="waiting",
        attempts=0,
        due_at=at,
        received_at=at,
        error=None,
    )
    await walker.us.node.store.save_move(move)
    await walker.us.workers.moves.run_once()
    await walker.us.node.store.remove_move(move.actor)


async def deliver(walker: Walker, base: str) -> None:
    """A follower named an inbox there."""
    actor, node = ActorId(f"{base}/eve"), walker.us.node
    follower = Follower(
        actor=actor,
        follows=node.union_actor,
        activity=ActivityId(f"{base}/follows/1"),
        inbox=InboxUrl(f"{base}/eve/inbox"),
        shared_inbox=None,
        state="accepted",
        since=walker.clock(),
    )
    await node.store.save_follower(follower)
    await walker.do("post", handle="union", text="We walked out")
    await node.fan_out.catch_up()
    await walker.us.workers.delivery.run_once()
    await node.store.remove_follower(actor, node.union_actor)


async def ask_peer(walker: Walker, base: str) -> None:
    """An organiser names a node as a peer."""
    await walker.do("peer add", url=base)


async def ask_asker(walker: Walker, base: str) -> None:
    """A node there asked to be a peer."""
    node = walker.us.node
    asked = their_pending(
        ActivityId(f"{base}/activities/1"),
        ActorId(f"{base}/actor"),
        node.locations.instance_actor,
        InboxUrl(f"{base}/actor/inbox"),
        walker.clock(),
    )
    await node.store.save_follower(asked)
    with suppress(*REFUSALS):
        await walker.us.workers.pacts.run_once()
    await node.store.remove_follower(asked.actor, asked.follows)


async def ask_log(walker: Walker, base: str) -> None:
    """A peer's charter names it as the home of its record, to be asked and to be told of ours."""
    with suppress(*REFUSALS):
        union = await _befriend(walker, base)
        await walker.us.workers.mirrors.run_once()
        await _forget(walker, union)


async def ask_media(walker: Walker, base: str) -> None:
    """A picture of a peer is to be held that lies there."""
    with suppress(*REFUSALS):
        union = await _befriend(walker, base)
        wanted = HeldMedia(
            did=union.did,
            digest=Digest("ab" * 32),
            media_type="image/png",
            size=100,
            is_held=False,
            is_named=True,
            changed_at=walker.clock(),
        )
        await walker.us.node.store.save_held_media([wanted])
        source = Source(wire=walker.us.node.wire, home=base, log=union.log)
        await walker.us.workers.mirrors.visits.media.pull(union.did, [source])
        await _forget(walker, union)


async def _befriend(walker: Walker, base: str) -> Elsewhere:
    union = Elsewhere(url=base, at=walker.clock())
    await union.hold_nothing(walker.us.node.store)
    walker.us.node.pacts.forget()
    return union


async def _forget(walker: Walker, union: Elsewhere) -> None:
    await walker.us.node.store.forget_peer(union.did)
    walker.us.node.pacts.forget()


PATHS: Final[Mapping[str, Path]] = {
    "key": ask_key,
    "actor": ask_actor,
    "object": ask_object,
    "webfinger": ask_webfinger,
    "mention": ask_mentioned,
    "move": ask_move,
    "delivery": deliver,
    "peer": ask_peer,
    "asker": ask_asker,
    "log": ask_log,
    "media": ask_media,
}
FOLLOWS: Final = frozenset({"key", "actor", "object", "webfinger", "mention", "move", "peer", "asker"})
"""Paths on which a redirect is followed; on the others it is a status like any other."""
