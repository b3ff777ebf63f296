"""Boost what somebody said, ours or another's: an Announce to everybody, and its words on our pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from federation.activitystreams.html import sanitise_readable
from federation.activitystreams.kinds import OBJECT_KINDS
from federation.activitystreams.model import IncomingObject
from federation.activitystreams.parse import parse_object
from federation.activitystreams.readable import read_html, read_warning
from federation.addresses import is_address, same_origin
from federation.errors import FederationError
from federation.log.own import read_document
from federation.strictjson import JsonObject
from node.actions.blocks import refuse_blocked_target
from node.actions.find import get_author, get_campaign, get_update, read_serial
from node.actions.publish import append_signed, find_published, whole_seconds
from node.actions.speak import speak
from node.clock import refuse_wrong_clock
from node.context import Node
from node.refusal import Refusal
from storage.errors import NotFound
from storage.ids import ActivityId, ActorId, ObjectId
from storage.records import Boost, LocalActor, RemotePost

_ACTIVITIES: Final = frozenset({"Announce", "Create", "Like", "Update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted:
    """What was passed on (or no longer is), and where our Announce (or its Undo) stands."""

    object: ObjectId
    activity: ActivityId
    page: str
    index: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    """What is to be boosted. `post` is set for what is not ours."""

    id: ObjectId
    author: ActorId
    page: str
    post: RemotePost | None


async def boost(url: str, handle: str | None, serial: str, node: Node) -> Boosted:
    """Pass on the post at this id or page, as the union or a campaign; what is boosted already stays as it is."""
    return await node.publishing.win(partial(_boost, url, handle, serial, node))


async def _boost(url: str, handle: str | None, serial: str, node: Node) -> Boosted:
    if await find_published(serial, node) is not None:
        return await _boosted(node.locations.activity(serial), node)
    actor = await get_campaign(handle or node.config.handle, node)
    standing = await _find_boost(url, actor, node)
    if standing is not None:
        return await _boosted(standing.activity, node)
    await refuse_blocked_target(url.strip(), node)
    thing = await _find(url.strip(), node)
    await refuse_blocked_target(thing.author, node)
    async with node.publishing as head:
        standing = await node.store.find_boost(actor.id, thing.id)
        if standing is not None and standing.object == thing.id:
            return await _boosted(standing.activity, node)
        await refuse_wrong_clock(node.store, node.now())
        await _keep(thing, node)
        await append_signed(_announce(thing, actor, serial, node), head, node)
    return await _boosted(node.locations.activity(serial), node)


async def unboost(url: str, handle: str | None, serial: str, node: Node) -> Boosted:
    """Take a boost back, everywhere; works while the author's server is down."""
    return await node.publishing.win(partial(_unboost, url, handle, serial, node))


async def _unboost(url: str, handle: str | None, serial: str, node: Node) -> Boosted:
    if await find_published(serial, node) is not None:
        return await _boosted(node.locations.activity(serial), node)
    async with node.publishing as head:
        actor = await get_campaign(handle or node.config.handle, node)
        standing = await _find_boost(url, actor, node)
        if standing is None:
            raise Refusal(f"@{actor.handle} does not boost {url}. Nothing was changed; --as names another campaign.")
        await append_signed(await _undo(standing, serial, node), head, node)
    return await _boosted(node.locations.activity(serial), node)


async def _find_boost(url: str, actor: LocalActor, node: Node) -> Boost | None:
    """The actor's boost of what lies at this id or page; an author may claim a page, but none of another server."""
    serial = read_serial(url.strip(), node) if node.locations.is_ours(url.strip()) else None
    named = url.strip() if serial is None else node.locations.post(serial)
    found = await node.store.find_boost(actor.id, named)
    return found if found is not None and same_origin(found.object, named) else None


def _announce(thing: _Thing, actor: LocalActor, serial: str, node: Node) -> JsonObject:
    at = whole_seconds(node.now())
    return speak("Announce", actor=actor.id, object=thing.id, serial=serial, at=at, mentioned=[thing.author], node=node)


async def _undo(standing: Boost, serial: str, node: Node) -> JsonObject:
    """The Undo of the whole Announce, as it was signed, for the same people."""
    announce = read_document(await _get_activity(standing.activity, node))
    named = announce["cc"]
    author = [ActorId(str(id)) for id in named[1:]] if isinstance(named, list) else []
    at = whole_seconds(node.now())
    return speak("Undo", actor=standing.actor, object=announce, serial=serial, at=at, mentioned=author, node=node)


async def _boosted(activity: ActivityId, node: Node) -> Boosted:
    """What an Announce of ours, or the Undo of one, is about."""
    placed = await node.store.find_entry(activity)
    if placed is None:
        raise NotFound(f"The record lacks {activity}. `picketline check` tells more.")
    object = placed.entry.object
    if placed.entry.type == "Undo":
        undone = read_document(await _get_activity(ActivityId(object), node))
        object = ObjectId(str(undone["object"]))
    page = await _page_of(object, node)
    return Boosted(object=object, activity=activity, page=page, index=placed.index, size=await node.store.size())


async def _page_of(object: ObjectId, node: Node) -> str:
    """Where readers find it; what is kept nowhere any more has its id alone."""
    ours = await node.store.find_post(object)
    if ours is not None:
        return node.locations.post_page((await get_author(ours, node)).handle, ours.serial)
    remote = await node.store.find_remote_post(object)
    return object if remote is None else remote.url


async def _get_activity(id: ActivityId, node: Node) -> bytes:
    activity = await node.store.find_activity(id)
    if activity is None:
        raise NotFound(f"The bytes of {id} are missing. `picketline check` tells more.")
    return activity.body


async def _keep(thing: _Thing, node: Node) -> None:
    """Its words, for our pages; before the Announce, so that no page lacks them. Of ours, that it still stands."""
    if thing.post is None:
        await get_update(thing.id, node)
    elif not await node.store.save_remote_post(thing.post):
        raise Refusal(f"{thing.id} was deleted by its author, so it is not passed on.")


async def _find(url: str, node: Node) -> _Thing:
    if node.locations.is_ours(url):
        post = await get_update(url, node)
        return _Thing(id=post.id, author=post.actor, page=url, post=None)
    claims = await node.store.list_remote_posts([ObjectId(url)])
    kept = claims[0] if len(claims) == 1 and claims[0].in_timeline else await _fetch(url, node)
    if not kept.is_public:
        raise Refusal(f"{url} was not written to everybody, so it is not ours to pass on.")
    return _Thing(id=kept.id, author=kept.actor, page=kept.url, post=kept)


async def _fetch(url: str, node: Node) -> RemotePost:
    """As its author's server shows it now; `Refusal` for what cannot be passed on."""
    try:
        found = parse_object(await node.resolver.document(url, fresh=True))
        if found.type in _ACTIVITIES:
            raise Refusal(f"{url} is itself {_an(found.type)}, not a post. Boost what it is about: {found.object}")
        id, author = _check(url, found)
        await node.resolver.actor(author)
        html = sanitise_readable(read_html(found.document, found.type or "") or "")
    except FederationError as problem:
        raise Refusal(f"{url} cannot be boosted: {problem}") from problem
    await _forget_false_claims(id, author, node)
    standing = await node.store.find_remote_post(id, author)
    if standing is not None:
        return standing
    now = node.now()
    return RemotePost(
        id=id,
        actor=author,
        type=found.type or "Note",
        html=html,
        warning=read_warning(found.document, found.type or ""),
        url=found.url if found.url is not None and is_address(found.url) else id,
        in_reply_to=None,
        comment_on=None,
        comment_state=None,
        in_timeline=False,
        is_public=found.is_public,
        published_at=min(found.published_at or now, now),
        updated_at=found.updated_at,
        received_at=now,
    )


async def _forget_false_claims(id: ObjectId, author: ActorId, node: Node) -> None:
    """Its own server says whose it is: what neighbours say under its id was never theirs to say."""
    for claim in await node.store.list_remote_posts([id]):
        if claim.actor != author:
            await node.store.delete_remote_post(id, claim.actor, now=node.now())


def _check(url: str, found: IncomingObject) -> tuple[ObjectId, ActorId]:
    """Its id and its one author, who is of the same server."""
    if found.id is None or found.type not in OBJECT_KINDS:
        raise Refusal(f"{url} is no post that can be read here. Give the address of a post.")
    if found.author is None or not same_origin(found.author, found.id):
        raise Refusal(f"{url} does not name one author on its own server, so nobody answers for it.")
    return found.id, found.author


def _an(type: str | None) -> str:
    return "a boost" if type == "Announce" else f"a {type}"
