"""Private activities (Follow, Accept, Undo…): signed, kept with their delivery in one step, never logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from federation.activitystreams.render import private_activity
from federation.addresses import same_origin
from federation.delivery.recipients import deliveries_for
from federation.identity.signer import Signers
from federation.locations import Locations
from federation.proofs.jcs import canonical
from federation.strictjson import JsonValue
from storage.ids import ActivityId, ActorId, InboxUrl, ObjectId
from storage.records import Activity
from storage.store import Activities


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one of our actors has to tell one other actor."""

    type: str
    serial: str
    """Ends the activity's id; the same serial is the same letter."""
    sender: ActorId
    recipient: ActorId
    inbox: InboxUrl
    object: JsonValue
    about: ObjectId
    """Letters about the same thing reach an inbox in order: see `about_pair`."""


def about_pair(ours: ActorId, theirs: ActorId) -> ObjectId:
    """What a Follow, its Undo and its answers are about, whatever ids they have: one of ours and one other."""
    return ObjectId(f"{ours}#with={theirs}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Writes letters and hands them to the queue."""

    store: Activities
    signers: Signers
    locations: Locations
    now: Callable[[], datetime]
    wake: Callable[[], None]
    """Tells the delivery worker that there is something to do."""

    async def send(self, letter: Letter) -> Activity:
        """Sign the letter and queue it; nothing happens twice for the same serial."""
        now = self.now()
        id = await self._free_id(letter)
        document = private_activity(
            letter.type,
            id=id,
            actor=letter.sender,
            object=letter.object,
            to=letter.recipient,
        )
        activity = Activity(
            id=id,
            actor=letter.sender,
            type=letter.type,
            object=letter.about,
            body=canonical(self.signers.signer(letter.sender).prove(document, now)),
            created_at=now,
        )
        foreign = () if same_origin(letter.inbox, letter.recipient) else (letter.inbox,)
        deliveries = deliveries_for(
            activity, [letter.inbox], own_hosts={self.locations.host}, due_at=now, foreign=foreign
        )
        await self.store.add_activity(activity, deliveries)
        self.wake()
        return activity

    async def _free_id(self, letter: Letter) -> ActivityId:
        """The id of the letter's serial, or of the next one that no other letter has."""
        serial = int(letter.serial)
        while True:
            id = self.locations.activity(str(serial))
            standing = await self.store.find_activity(id)
            if standing is None or (standing.type, standing.object) == (letter.type, letter.about):
                return id
            serial += 1
