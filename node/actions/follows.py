"""The union's own actor follows others; what they publish can be read here."""

from __future__ import annotations

from federation.activitystreams.parse import read_id
from federation.delivery.send import Letter, about_pair
from federation.errors import FederationError
from federation.log.own import read_document
from federation.strictjson import JsonObject
from node.actions.find import known_address
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActorId
from storage.records import Following, RemoteActor


async def follow(address: str, node: Node) -> Following:
    """Ask to follow somebody by `@user@host` or actor URL; asking again sends a new Follow unless accepted."""
    remote = await _get_remote(address, node)
    standing = await node.store.find_following(node.union_actor, remote.id)
    if standing is not None and standing.state == "accepted":
        return standing
    serial = node.new_serial()
    following = Following(
        actor=node.union_actor,
        follows=remote.id,
        activity=node.locations.activity(serial),
        inbox=remote.inbox,
        state="asked",
        asked_at=node.now(),
    )
    await node.store.save_following(following)
    await node.sender.send(
        Letter(
            type="Follow",
            serial=serial,
            sender=following.actor,
            recipient=remote.id,
            inbox=remote.inbox,
            object=remote.id,
            about=about_pair(following.actor, following.follows),
        )
    )
    return following


async def unfollow(address: str, node: Node) -> Following:
    """Stop following; works while the other server is down, because what is needed was kept."""
    following = await _get_following(address, node)
    await node.sender.send(
        Letter(
            type="Undo",
            serial=node.new_serial(),
            sender=following.actor,
            recipient=following.follows,
            inbox=following.inbox,
            object=await _the_follow(following, node),
            about=about_pair(following.actor, following.follows),
        )
    )
    await node.store.remove_following(following.actor, following.follows)
    return following


async def _the_follow(following: Following, node: Node) -> JsonObject:
    """The Follow as it was signed, proof and all; by its names when a crash kept it from being sent."""
    sent = await node.store.find_activity(following.activity)
    if sent is not None:
        return read_document(sent.body)
    return {"id": following.activity, "type": "Follow", "actor": following.actor, "object": following.follows}


async def _get_following(address: str, node: Node) -> Following:
    """The standing follow of this actor, by URL or address, among those we keep: the other server may be down."""
    for standing in await node.store.list_following(node.union_actor):
        if address in (standing.follows, await known_address(standing.follows, node)):
            return standing
    remote = await _get_remote(address, node)
    by_page = await node.store.find_following(node.union_actor, remote.id)
    if by_page is None:
        raise Refusal(f"The union does not follow {address}. See `picketline following`.")
    return by_page


async def _find_by_url(url: str, node: Node) -> RemoteActor:
    """By the actor's id, or by the page that people copy from their browser."""
    try:
        return await node.resolver.actor(ActorId(url))
    except FederationError:
        named = read_id((await node.resolver.document(url, fresh=True)).get("id"))
        if named is None or named == url:
            raise
        return await node.resolver.actor(ActorId(named))


async def _get_remote(address: str, node: Node) -> RemoteActor:
    if node.locations.is_ours(address) or address.lower().endswith(f"@{node.locations.host}"):
        raise Refusal(f"{address} is an address of this node; it cannot follow itself.")
    try:
        if address.startswith(("https://", "http://")):
            return await _find_by_url(address, node)
        return await node.resolver.find_actor_by_address(address.removeprefix("@"))
    except FederationError as problem:
        raise Refusal(f"{address or 'Nobody'} cannot be found: {problem}") from problem
