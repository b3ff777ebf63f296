"""What is done from time to time so that nothing stays that nobody needs, each thing by one process at a time.

Where several processes work on one store, none of them leads: each looks every minute for what is due, and whoever
comes first does it. What a process that died was at is taken over when its lease lapses.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from federation.log.purging import purge
from federation.troubles import Trouble
from federation.turns import Turn
from node.actions.pictures import sweep_pictures
from node.actions.retract_with_kit import erase_own_retracted
from node.context import Node
from node.mirroring import sweep_media
from storage.errors import StorageError, StoreUnable

log = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)
_LOOK: Final = timedelta(minutes=1)
_KEEP: Final = timedelta(days=30)
_BATCH: Final = 1000

Work = Callable[[Node], Awaitable[object]]


async def keep_house(node: Node) -> None:
    """At once, what an interrupted block or retraction left undone; each hour, all of it; until cancelled."""
    trouble = Trouble(log, "cares of the house")
    while True:
        await _in_turn(node, _AT_ONCE, trouble)
        await node.surroundings.pause((_LOOK if node.store.is_shared else EVERY).total_seconds())
        await _retire(node)
        await _in_turn(node, _LATER, trouble)


async def sweep(node: Node) -> int:
    """Drop old keys nobody needs, and after 30 days what is finished or nobody refers to; how many rows."""
    await node.rotations.retire()
    return await forget_rows(node)


async def forget_rows(node: Node) -> int:
    """Drop what is over, and after 30 days what is finished or nobody refers to; how many rows."""
    before, dropped = node.now() - _KEEP, 0
    for remove in (node.store.remove_deliveries, node.store.remove_received):
        while (count := await remove(finished_before=before, limit=_BATCH)) > 0:
            dropped += count
    while (count := await node.store.remove_leftovers(before=before, limit=_BATCH)) > 0:
        dropped += count
    while (count := await node.store.remove_spending(before=node.now(), limit=_BATCH)) > 0:
        dropped += count
    return dropped


async def _retire(node: Node) -> None:
    """Keys lie in this home, so each process looks after its own."""
    try:
        await node.rotations.retire()
    except StoreUnable:
        return
    except Exception:
        log.exception("old keys wait for the next time")


async def _in_turn(node: Node, works: Mapping[str, Work], trouble: Trouble) -> None:
    """Each of these that is due and nobody else is at; what goes wrong with one holds up no other."""
    if not node.server_clock.is_right:
        return
    for name, work in works.items():
        try:
            async with node.turns.try_for(name) as turn:
                if turn is not None:
                    await _do(node, turn, work)
        except StorageError as error:
            trouble.halts(error)
            return
    trouble.is_over()


async def _do(node: Node, turn: Turn, work: Work) -> None:
    """Whether it goes well or wrong, it is due again an hour later; but at once when this process ends meanwhile."""
    async with node.turns.keeping(turn):
        try:
            await work(node)
        except StoreUnable:
            raise  # it is due again as soon as the store is there
        except Exception:
            log.exception("housekeeping waits for the next time", extra={"job": turn.name})
    turn.due_at = node.now() + EVERY


async def _cut(node: Node) -> None:
    await node.cutter.cut_all()


async def _purge(node: Node) -> None:
    tree = await node.tree.catch_up()
    await purge(node.store, tree_size=tree.size, now=node.now())
    await erase_own_retracted(node)
    await sweep_media(node)
    await node.store.erase_removed()


_AT_ONCE: Final[Mapping[str, Work]] = {"cut": _cut, "pictures": sweep_pictures}
_LATER: Final[Mapping[str, Work]] = {"sweep": forget_rows, "purge": _purge}
