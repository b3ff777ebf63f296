"""A union's kit, and what the command line does with it: renewals of the charter, and retractions."""

from __future__ import annotations

from federation.identity.retraction import new_retraction
from federation.strictjson import JsonValue
from node.cli.charters import sign_draft
from node.kit import Kit, read_kit
from storage.ids import ObjectId
from tests.village import Villager


def kit_of(villager: Villager) -> Kit:
    return read_kit(villager.node.config.home.with_suffix(".kit"), None)


async def renew(villager: Villager) -> None:
    """As the command line does it."""
    signed = sign_draft(await villager.do("charter draft"), kit_of(villager))
    await villager.do("charter renew", charter=signed.decode())


def sign_retraction(villager: Villager, object: str) -> bytes:
    kit, at = kit_of(villager), villager.node.now().replace(microsecond=0)
    return new_retraction(union=kit.union, object=ObjectId(object), published=at, root_key=kit.root_key)


async def retract_at_once(villager: Villager, object: str) -> JsonValue:
    """As the command line does it."""
    signed, serial = sign_retraction(villager, object), villager.node.new_serial()
    return await villager.do("retract at once", retraction=signed.decode(), serial=serial)
