"""Campaigns are actors: opened, listed, described anew. Their documents go through the log like any word."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from federation.activitystreams.html import sanitise_own
from federation.identity.actors import MOST_FIELDS, MirrorField, Profile, actor_document
from federation.identity.signer import Signer
from federation.keys import ActorKeys, dump_public_pem, encode_multikey, new_actor_keys
from federation.locations import RESERVED_HANDLES, is_handle
from federation.log.append import append
from node.actions.find import get_campaign
from node.actions.publish import next_version_at, whole_seconds
from node.actions.speak import speak
from node.clock import refuse_wrong_clock
from node.context import Node
from node.markdown import render
from node.refusal import Refusal
from node.vault import KeyExists, KeyMissing
from storage.records import ActorKind, LocalActor

_LONGEST_NAME = 100
_LONGEST_SUMMARY = 5000
_TYPES: Final[Mapping[ActorKind, str]] = {"instance": "Application", "wire": "Service"}
"""What speaks for the node itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChange:
    """What `campaign edit` changes; None leaves a thing as it is."""

    name: str | None = None
    summary: str | None = None
    approves_followers: bool | None = None


async def add_campaign(handle: str, name: str, summary: str, *, approves_followers: bool, node: Node) -> LocalActor:
    """Open a campaign: keys, then its document as the log's next entry, signed by itself.

    Asked again in the same words it is the same campaign. A handle whose keys were made but whose document never
    reached the log is taken up again.
    """
    _check_handle(handle)
    _check_words(name, summary)
    asked = CampaignChange(name=name.strip(), summary=summary.strip(), approves_followers=approves_followers)
    return await node.publishing.win(partial(_add_campaign, handle, asked, node))


async def _add_campaign(handle: str, asked: CampaignChange, node: Node) -> LocalActor:
    async with node.publishing as head:
        standing = await node.store.find_actor_by_handle(handle)
        if standing is not None:
            if _apply(asked, standing) == standing:
                return standing
            raise Refusal(f"There is a campaign @{handle} already. See `picketline campaign list`.")
        await refuse_wrong_clock(node.store, node.now())
        actor = _apply(asked, new_actor(handle, "campaign", await _keys_for(handle, node), node))
        await log_actor("Create", actor, head, node)
        return actor


async def edit_campaign(handle: str, change: CampaignChange, node: Node) -> LocalActor:
    """Describe a campaign (or the union) anew; its followers' servers are told, unless nothing changed."""
    return await node.publishing.win(partial(_edit_campaign, handle, change, node))


async def _edit_campaign(handle: str, change: CampaignChange, node: Node) -> LocalActor:
    async with node.publishing as head:
        actor = await get_campaign(handle, node)
        changed = _apply(change, actor)
        _check_words(changed.name, changed.summary)
        if changed == actor:
            return actor
        await refuse_wrong_clock(node.store, node.now())
        changed = replace(changed, updated_at=next_version_at(actor.updated_at, node))
        await log_actor("Update", changed, head, node)
        return changed


def _apply(change: CampaignChange, actor: LocalActor) -> LocalActor:
    return replace(
        actor,
        name=actor.name if change.name is None else change.name.strip(),
        summary=actor.summary if change.summary is None else change.summary.strip(),
        approves_followers=actor.approves_followers if change.approves_followers is None else change.approves_followers,
    )


def new_actor(handle: str, kind: ActorKind, keys: ActorKeys, node: Node) -> LocalActor:
    """An actor of ours as it begins, named by its handle until somebody names it."""
    now = whole_seconds(node.now())
    return LocalActor(
        id=node.locations.instance_actor if kind == "instance" else node.locations.actor(handle),
        handle=handle,
        kind=kind,
        type=_TYPES.get(kind, node.config.actor_type),
        name=handle,
        summary="",
        rsa_public_pem=dump_public_pem(keys.rsa.public_key()),
        ed25519_multibase=encode_multikey(keys.ed25519.public_key()),
        approves_followers=False,
        created_at=now,
        updated_at=now,
    )


async def log_actor(
    type: str,
    actor: LocalActor,
    head: int,
    node: Node,
    serial: str | None = None,
    *,
    new_keys: ActorKeys | None = None,
) -> None:
    """Append an actor's document, signed by its own key, so that the log carries the actors' keys.

    With `new_keys` the document is signed by them, which it shows, and the activity by those that were known before.
    `head` is what `node.publishing` gave; raises `HeadMoved` and `KeyStrange` as `append_signed`.
    """
    now = max(whole_seconds(node.now()), actor.updated_at)
    profile = Profile(
        locations=node.locations,
        did=node.union.did,
        summary_html=_summary_html(actor.summary, node),
        mirrors=await list_mirror_fields(node),
    )
    document = actor_document(actor, profile)
    if new_keys is not None:
        document = Signer(actor=actor.id, rsa=new_keys.rsa, ed25519=new_keys.ed25519).prove(document, now)
    activity = speak(type, actor=actor.id, object=document, serial=serial or node.new_serial(), at=now, node=node)
    await node.signers.refuse_strange(actor.id)
    await append(activity, node.store, expecting=head)
    await node.projector.catch_up()
    await node.heads.bring_up()
    node.delivery_bell.ring()


async def list_mirror_fields(node: Node) -> tuple[MirrorField, ...]:
    """The listed mirrors with which a pact stands, the oldest first, with their pages of us."""
    mirrors = [peer for peer in await node.store.list_peers() if peer.state == "mutual" and not peer.is_unlisted]
    return tuple(MirrorField(peer.name, f"{peer.url}/mirrors/{node.locations.host}/") for peer in mirrors[:MOST_FIELDS])


async def _keys_for(handle: str, node: Node) -> ActorKeys:
    """New keys in the vault, made beside the loop (RSA takes 100 ms); or those that wait there already."""
    with contextlib.suppress(KeyMissing):
        return node.vault.actor_keys(handle)
    keys = await asyncio.to_thread(new_actor_keys)
    try:
        await asyncio.to_thread(node.vault.add_actor, handle, keys)
    except KeyExists:
        return node.vault.actor_keys(handle)
    return keys


def _summary_html(summary: str, node: Node) -> str:
    rendered = render(summary, mentions={}, tag_url=node.locations.tag_page, own_host=node.locations.host)
    return sanitise_own(rendered.html)


def _check_handle(handle: str) -> None:
    if handle in RESERVED_HANDLES:
        raise Refusal(f"The handle “{handle}” is taken by the node itself. Choose another.")
    if not is_handle(handle):
        raise Refusal(f"“{handle}” cannot be a handle. Use 1 to 30 of a-z, 0-9 and inner underscores.")


def _check_words(name: str, summary: str) -> None:
    if not 0 < len(name.strip()) <= _LONGEST_NAME or not name.strip().isprintable():
        raise Refusal(f"A name is one line of 1 to {_LONGEST_NAME} characters. Give another with --name.")
    if len(summary) > _LONGEST_SUMMARY:
        raise Refusal(f"The summary is longer than {_LONGEST_SUMMARY} characters. Say it shorter.")
