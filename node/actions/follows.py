"""The union's own actor follows others; what they publish can be read here."""

from __future__ import annotations

from federation.errors import FederationError
from federation.following import ask_to_follow, end_following
from node.actions.blocks import refuse_blocked_target
from node.actions.find import find_remote, known_address
from node.context import Node
from node.refusal import Refusal
from storage.records import Following, RemoteActor


async def follow(address: str, node: Node) -> Following:
    """Ask to follow somebody by `@user@host` or actor URL; asking again sends a new Follow unless accepted.

    `Refusal` for somebody blocked; a blocked host is not even asked who that is.
    """
    await refuse_blocked_target(address, node)
    remote = await _get_remote(address, node)
    await refuse_blocked_target(remote.id, node)
    standing = await node.store.find_following(node.union_actor, remote.id)
    if standing is not None and standing.state == "accepted":
        return standing
    return await ask_to_follow(
        node.union_actor, remote, serial=node.new_serial(), at=node.now(), store=node.store, sender=node.sender
    )


async def unfollow(address: str, node: Node) -> Following:
    """Stop following; works while the other server is down, because what is needed was kept."""
    following = await _get_following(address, node)
    await end_following(following, serial=node.new_serial(), store=node.store, sender=node.sender)
    return following


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


async def _get_remote(address: str, node: Node) -> RemoteActor:
    if node.locations.is_ours(address) or address.lower().endswith(f"@{node.locations.host}"):
        raise Refusal(f"{address} is an address of this node; it cannot follow itself.")
    try:
        return await find_remote(address, node)
    except FederationError as problem:
        raise Refusal(f"{address or 'Nobody'} cannot be found: {problem}") from problem
