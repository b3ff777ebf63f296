"""A union's kit, and a renewal of its charter with it, as the command line does it."""

from __future__ import annotations

from node.cli.charters import sign_draft
from node.kit import Kit, read_kit
from tests.village import Villager


def kit_of(villager: Villager) -> Kit:
    return read_kit(villager.node.config.home.with_suffix(".kit"), None)


async def renew(villager: Villager) -> None:
    """As the command line does it."""
    signed = sign_draft(await villager.do("charter draft"), kit_of(villager))
    await villager.do("charter renew", charter=signed.decode())
