"""Our own things as ActivityStreams: the exact bytes that were signed, never rendered anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from federation.identity.actors import Profile, actor_document
from federation.log.own import embedded_object, read_document
from federation.proofs.jcs import canonical
from federation.strictjson import JsonValue
from node.actions.publish import whole_seconds
from node.context import Node
from storage.errors import NotFound
from storage.ids import ActivityId, ActorId, ObjectId
from storage.records import Boost, Entry, LocalActor, Post

_SAYS_NO_MORE: Final = frozenset({"Undo", "Remove"})
"""What only takes something back, so that nothing takes it back in turn."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Reads the bytes of documents; actors' are kept, because every server asks for them."""

    node: Node
    _actors: dict[ActorId, tuple[LocalActor, bytes]] = field(default_factory=dict)

    async def actor(self, actor: LocalActor) -> bytes:
        """An actor's document: from its newest log entry; those of the node itself, never logged, signed here."""
        kept = self._actors.get(actor.id)
        if kept is None or kept[0] != actor:
            kept = (actor, await self._from_log(actor) if actor.is_voice else self._sign(actor))
            self._actors[actor.id] = kept
        return kept[1]

    async def activity(self, id: ActivityId) -> bytes | None:
        """A public activity whose words still stand; None for private, superseded and withdrawn ones."""
        placed = await self.node.store.find_entry(id)
        if placed is None or not await self._still_stands(placed.entry):
            return None
        return await self._bytes(id)

    async def outbox(self, said: Sequence[Post | Boost]) -> list[JsonValue]:
        """For each update the activity that made its present version, for each boost its Announce."""
        activities = await self.node.store.list_activities([one.activity for one in said])
        return [read_document(activity.body) for activity in activities]

    async def _still_stands(self, entry: Entry) -> bool:
        if entry.is_profile or entry.type in _SAYS_NO_MORE:
            return True
        if entry.type == "Announce":
            return await self.node.store.has_boost(entry.activity)
        if entry.type == "Add":
            pin = await self.node.store.find_pin(entry.object)
            return pin is not None and pin.activity == entry.activity
        post = await self.node.store.find_post(entry.object)
        return post is not None and post.activity == entry.activity

    async def _from_log(self, actor: LocalActor) -> bytes:
        entries = await self.node.store.list_object_entries(ObjectId(actor.id))
        newest = await self._bytes(entries[-1].entry.activity)
        return canonical(embedded_object(read_document(newest)))

    async def _bytes(self, id: ActivityId) -> bytes:
        activity = await self.node.store.find_activity(id)
        if activity is None:
            raise NotFound(f"The record names {id}, but its bytes are missing. `picketline check` tells more.")
        return activity.body

    def _sign(self, actor: LocalActor) -> bytes:
        profile = Profile(locations=self.node.locations, did=self.node.union.did, summary_html="")
        document = actor_document(actor, profile)
        return canonical(self.node.signers.signer(actor.id).prove(document, whole_seconds(self.node.now())))
