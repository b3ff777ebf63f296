"""The union's own actor follows others; what they publish can be read here."""

from __future__ import annotations

from federation.activitystreams.own import read_document
from federation.activitystreams.parse import read_id
from federation.delivery.send import Letter
from federation.errors import FederationError
from federation.strictjson import JsonObject
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActorId, ObjectId
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
            about=ObjectId(following.activity),
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
            about=ObjectId(following.activity),
        )
    )
    await node.store.remove_following(following.actor, following.follows)
    return following


async def _the_follow(following: Following, node: Node) -> JsonObject:
    """The Follow as it was signed, proof and all."""
    sent = await node.store.find_activity(following.activity)
    if sent is None:
        raise Refusal(f"The Follow of {following.follows} is missing in the store. `picketline check` tells more.")
    return read_document(sent.body)


async def _get_following(address: str, node: Node) -> Following:
    known = await node.store.find_following(node.union_actor, ActorId(address))
    if known is None:
        remote = await _get_remote(address, node)
        known = await node.store.find_following(node.union_actor, remote.id)
    if known is None:
        raise Refusal(f"The union does not follow {address}. See `picketline following`.")
    return known


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
    try:
        if address.startswith(("https://", "http://")):
            return await _find_by_url(address, node)
        return await node.resolver.find_actor_by_address(address.removeprefix("@"))
    except FederationError as problem:
        raise Refusal(f"{address} cannot be found: {problem} Check the spelling, or try again later.") from problem
