"""An actor's change of keys, from the moment the record shows the new ones until nobody needs the old one.

The record decides: keys that wait in the vault become the actor's when the record's newest document of it shows
them, and not before. Its Update, and what else waits for a recipient that may not know the new key, are signed with
the old one.
"""

from __future__ import annotations

from federation.delivery.attempt import SigningKey
from federation.identity.actors import read_actor
from federation.identity.signer import Signer
from federation.log.fan_out import FanOut
from federation.log.own import embedded_object, read_document
from federation.log.project import Projector
from node.signers import VaultSigners, shows
from node.vault import Vault, VaultError
from storage.errors import NotFound
from storage.ids import ActivityId, ActorId, ObjectId
from storage.records import Delivery, LocalActor
from storage.store import Store


class Rotations:
    """Every change of keys that is under way; one for the whole node."""

    def __init__(
        self, *, store: Store, vault: Vault, signers: VaultSigners, projector: Projector, fan_out: FanOut
    ) -> None:
        self._store, self._vault, self._signers = store, vault, signers
        self._projector, self._fan_out = projector, fan_out
        self._updates: dict[tuple[ActorId, str], ActivityId] = {}

    async def finish(self) -> list[str]:
        """Use the keys that the record shows already, as after a crash; the handles whose keys changed.

        What was said before is queued first, so that it is known who has yet to hear of the new key.
        """
        finished = []
        for handle in self._vault.handles_with(".next"):
            await self._projector.catch_up()
            actor, keys = await self._store.find_actor_by_handle(handle), self._vault.find_next(handle)
            if actor is not None and keys is not None and shows(actor, keys):
                await self._fan_out.catch_up()
                self._vault.promote_next(handle)
                finished.append(handle)
        await self.retire()
        return finished

    async def retire(self) -> None:
        """Destroy each old key whose Update waits for nobody any more."""
        for handle in self._vault.handles_with(".old"):
            actor = await self._store.find_actor_by_handle(handle)
            if actor is None or not await self._store.is_waiting(await self._update_of(actor)):
                self._vault.destroy_old(handle)

    async def keys_for(self, delivery: Delivery) -> tuple[SigningKey, ...]:
        """The keys that may sign a delivery, first the one to begin with; raises `OutOfKeys`.

        Until the Update has reached an inbox the old key comes first and the new one after it: its server may still
        have to be told, or may know already, from another inbox or because it has asked for the actor meanwhile.
        """
        handle = self._signers.handle_of(delivery.actor)
        signer = await self._signer(delivery.actor)
        old = self._vault.find_old_rsa(handle)
        keys = [signer.rsa] if old is None or not await self._is_untold(delivery) else [old, signer.rsa]
        return tuple(SigningKey(key_id=signer.key_id, key=key) for key in keys)

    async def _signer(self, actor: ActorId) -> Signer:
        """The record may show keys that still wait here: another process of this home is not done, or ended."""
        try:
            return await self._signers.proven_signer(actor)
        except VaultError:
            await self.finish()
        try:
            return await self._signers.proven_signer(actor)
        except VaultError as problem:
            raise self._signers.out_of_keys(actor, problem) from problem

    async def _is_untold(self, delivery: Delivery) -> bool:
        actor = await self._store.find_actor(delivery.actor)
        update = None if actor is None else await self._update_of(actor)
        told = None if update is None else await self._store.find_delivery(update, delivery.inbox)
        return told is not None and told.state == "waiting"

    async def _update_of(self, actor: LocalActor) -> ActivityId:
        """The entry that first showed the actor's present RSA key."""
        known = (actor.id, actor.rsa_public_pem)
        if known not in self._updates:
            self._updates[known] = await self._find_update(actor)
        return self._updates[known]

    async def _find_update(self, actor: LocalActor) -> ActivityId:
        first: ActivityId | None = None
        for placed in reversed(await self._store.list_object_entries(ObjectId(actor.id))):
            activity = await self._store.find_activity(placed.entry.activity)
            if activity is None:
                break
            document = embedded_object(read_document(activity.body))
            if read_actor(document, actor.kind).rsa_public_pem != actor.rsa_public_pem:
                break
            first = activity.id
        if first is None:
            raise NotFound(f"The record lacks the keys of {actor.id}. `picketline check` tells more.")
        return first
