"""Publish an update: compose, sign, append. The append is the only write that matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from federation.activitystreams.render import NoteText, note
from federation.locations import serial_of
from federation.log.append import Place, append, commit_to
from federation.strictjson import JsonObject
from node.actions.compose import Draft, compose
from node.actions.find import get_campaign
from node.actions.pictures import in_place
from node.actions.speak import speak
from node.clock import refuse_wrong_clock
from node.context import Node
from storage.ids import ActivityId, ObjectId
from storage.records import Entry, LocalActor


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An update's ids and place, after an append."""

    id: ObjectId
    activity: ActivityId
    page: str
    index: int
    size: int
    not_found: tuple[str, ...] = ()
    """People mentioned who could not be found."""


async def publish(handle: str, draft: Draft, serial: str, node: Node) -> Published:
    """Publish a draft as the update `serial` of a campaign; the same serial is never published twice."""
    return await node.publishing.win(partial(_publish, handle, draft, serial, node))


async def _publish(handle: str, draft: Draft, serial: str, node: Node) -> Published:
    standing = await find_published(serial, node)
    if standing is not None:
        return standing
    actor = await get_campaign(handle, node)
    composed = await compose(draft, node)
    async with node.publishing as head:
        await refuse_wrong_clock(node.store, node.now())
        async with in_place(draft.pictures or (), node):
            document = _create(actor, composed.text, serial, node)
            return await append_signed(document, head, node, composed.not_found)


async def find_published(serial: str, node: Node) -> Published | None:
    """What the activity of this number published already: somebody asks a second time after a broken answer."""
    standing = await node.store.find_entry(node.locations.activity(serial))
    if standing is None:
        return None
    place = Place(index=standing.index, size=await node.store.size())
    return _published(standing.entry, place, node)


async def append_signed(document: JsonObject, head: int, node: Node, not_found: tuple[str, ...] = ()) -> Published:
    """Append a signed activity about an update at the head that `node.publishing` gave; then pages, log head and bell.

    Raises `HeadMoved` when another process was faster, and `KeyStrange` when this home has other keys than the record.
    """
    began = node.metrics.clock()
    entry, _ = commit_to(document)
    await node.signers.refuse_strange(entry.actor)
    place = await append(document, node.store, expecting=head)
    await node.projector.catch_up()
    await node.heads.bring_up()
    node.metrics.publishing.observe(node.metrics.clock() - began)
    node.delivery_bell.ring()
    return replace(_published(entry, place, node), not_found=not_found)


def _published(entry: Entry, place: Place, node: Node) -> Published:
    handle = entry.actor.rsplit("/", 1)[-1]
    return Published(
        id=entry.object,
        activity=entry.activity,
        page=node.locations.post_page(handle, serial_of(entry.object)),
        index=place.index,
        size=place.size,
    )


def whole_seconds(now: datetime) -> datetime:
    """The present as documents carry it."""
    return now.replace(microsecond=0)


def next_version_at(last: datetime, node: Node) -> datetime:
    """When a new version is from: now, but later than the last one, or other servers take it for an old one."""
    return max(whole_seconds(node.now()), last + timedelta(seconds=1))


def _create(actor: LocalActor, text: NoteText, serial: str, node: Node) -> JsonObject:
    now = whole_seconds(node.now())
    document = note(
        id=node.locations.post(serial),
        author=actor.id,
        page=node.locations.post_page(actor.handle, serial),
        text=text,
        published=now,
        updated=None,
    )
    mentioned = [mention.actor for mention in text.mentions]
    return speak("Create", actor=actor.id, object=document, serial=serial, at=now, mentioned=mentioned, node=node)
