"""Finding what an organiser names: a campaign by its handle, an update of ours or of a peer's by its id or page."""

from __future__ import annotations

import re
from typing import Final

from federation.activitystreams.parse import read_id
from federation.addresses import authority
from federation.errors import FederationError
from federation.locations import is_serial, serial_of
from federation.mirror.held import find_held
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActorId, ObjectId
from storage.records import LocalActor, Post, RemoteActor

_PAGE: Final = re.compile(r"/@[a-z0-9_]+/([0-9]+)")
_PAGE_AT_HOME: Final = re.compile(r"(https?://[^/]+)/@[a-z0-9_]+/([0-9]+)")
_PAGE_OF_COPY: Final = re.compile(r"/mirrors/([^/]+)/([0-9]+)")


async def get_campaign(handle: str, node: Node) -> LocalActor:
    """The union's or a campaign's actor; `Refusal` names those that exist."""
    name = handle.strip().removeprefix("@").partition("@")[0].lower()
    actor = await node.store.find_actor_by_handle(name)
    if actor is None or not actor.is_voice:
        known = ", ".join(f"@{other.handle}" for other in await node.store.list_actors() if other.is_voice)
        raise Refusal(f"There is no campaign “{handle}” here; there is {known}. See `picketline campaign list`.")
    return actor


async def get_update(named: str, node: Node) -> Post:
    """An update of ours that was not retracted; `Refusal` when there is none."""
    serial = read_serial(named.strip(), node)
    post = await node.store.find_post(node.locations.post(serial)) if serial else None
    if post is None:
        raise Refusal(f"There is no update “{named}” here. Give its id, its page address or its number.")
    if post.retracted_at is not None:
        raise Refusal(f"The update {post.id} was retracted; nothing of it is left to change.")
    return post


async def get_author(post: Post, node: Node) -> LocalActor:
    """The actor of ours that published an update."""
    actor = await node.store.find_actor(post.actor)
    if actor is None:
        raise Refusal(f"The author of {post.id} is missing in the store. `picketline check` tells more.")
    return actor


async def known_address(actor: ActorId, node: Node) -> str | None:
    """`@user@host` of somebody else's actor as we know it; None when we do not."""
    remote = await node.store.find_remote_actor(actor)
    return None if remote is None else f"@{remote.handle}@{authority(remote.id)}"


async def find_remote(address: str, node: Node) -> RemoteActor:
    """Somebody else's actor by `@user@host`, by its id, or by the page that people copy from their browser.

    Asks the network; raises the `FederationError` that says why it cannot be found.
    """
    if not address.startswith(("https://", "http://")):
        return await node.resolver.find_actor_by_address(address.removeprefix("@"))
    try:
        return await node.resolver.actor(ActorId(address))
    except FederationError:
        named = read_id((await node.resolver.document(address, fresh=True)).get("id"))
        if named is None or named == address:
            raise
        return await node.resolver.actor(ActorId(named))


def read_serial(named: str, node: Node) -> str | None:
    """The number in an update's id, page address or bare number; None for anything else."""
    path = named.removeprefix(node.locations.url)
    page = _PAGE.fullmatch(path)
    serial = page[1] if page else serial_of(path) if path.startswith("/objects/") else path
    return serial if is_serial(serial) else None


async def ids_of_peers_update(named: str, node: Node) -> list[ObjectId]:
    """What an update of a peer's may be called that is named by its id, its page at home, or the page of its copy."""
    given = named.strip()
    ids = [ObjectId(given)]
    if at_home := _PAGE_AT_HOME.fullmatch(given):
        ids.append(ObjectId(f"{at_home[1]}/objects/{at_home[2]}"))
    if copy := _PAGE_OF_COPY.fullmatch(given.removeprefix(node.locations.url)):
        held = await find_held(node.store, copy[1])
        ids += [] if held is None else held.objects(copy[2])
    return ids
