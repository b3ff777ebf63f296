"""What signing asks the store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

from federation.identity.signer import Signer
from node.context import Surroundings, open_node
from node.signers import VaultSigners
from storage.ids import ActorId
from storage.records import LocalActor
from storage.store import Actors
from tests.bench.homes import HANDLE, make_home


class Counting:
    """The actors of a store, and how often they were asked for."""

    def __init__(self, actors: Actors) -> None:
        self._actors, self.asked = actors, 0

    async def find_actor(self, id: ActorId) -> LocalActor | None:
        self.asked += 1
        await asyncio.sleep(0)  # others come meanwhile
        return await self._actors.find_actor(id)


async def test_a_whole_fan_out_looks_once_whether_its_keys_are_those_of_the_record(tmp_path: Path) -> None:
    async with open_node(await make_home(tmp_path), Surroundings()) as node:
        counting = Counting(node.store)
        signers = VaultSigners(node.vault, node.locations, cast(Actors, counting))
        actor = node.locations.actor(HANDLE)

        async def sign_all() -> list[Signer]:
            return await asyncio.gather(*(signers.proven_signer(actor) for _ in range(64)))

        assert {signer.actor for signer in await sign_all()} == {actor}
        assert counting.asked == 1
        signers.forget()
        await sign_all()
        assert counting.asked == 2
