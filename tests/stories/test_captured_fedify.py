"""A whole conversation as Fedify 2.3.6 held it, once in each signature scheme, with the clock at its time.

A Follow, an Accept without an id for our Follow, a note and its edit and deletion, a reply likewise (it came to the
shared and to the campaign's own inbox), Likes and a boost and their Undos, a report, and the end of the Follow.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from federation.activitystreams.remote_actor import parse_actor
from federation.errors import BadSignature
from federation.locations import serial_of
from node.actions.set_up import Request, set_up
from node.commands import run_command
from node.config import load_config
from node.context import Surroundings, open_node
from storage.ids import ActorId, Host, ObjectId
from tests.stories.test_captured import VECTORS, Listener, listen
from tests.village import Clock

CAPTURED: Final[list[dict[str, Any]]] = [
    json.loads(line) for line in (VECTORS / "fedify_requests.jsonl").read_text(encoding="utf-8").splitlines()
]
SCHEMES: Final = ("cavage", "rfc9421")
COVERED: Final = (
    ("cavage", ("date", "signature", "digest")),
    ("rfc9421", ("date", "signature", "content-digest", "signature-input")),
)
REF: Final = ActorId("https://fedify.test/users/ref")

SEEN: Final = (
    "follower",  # Follow
    "follower followed",  # Accept
    "follower followed timeline:<p>Solidarity from Fedify</p>",  # Create
    "follower followed timeline:<p>Solidarity, edited</p>",  # Update
    "follower followed",  # Delete of a Tombstone
    "follower followed comment:<p>We are <strong>with you</strong> dockers</p>",  # Create of a reply
    "follower followed comment:<p>We are <strong>with you</strong> dockers</p>",  # the same, at the other inbox
    "follower followed comment:<p>We are with all of you, changed</p>",  # Update
    "follower followed",  # Delete
    "follower followed likes:1",  # Like
    "follower followed likes:1",  # another Like
    "follower followed",  # Undo
    "follower followed shares:1",  # Announce
    "follower followed",  # Undo
    "follower followed report:rude",  # Flag
    "followed report:rude",  # Undo of the Follow
)
"""What we hold after each request."""


def of(scheme: str) -> list[dict[str, Any]]:
    return [line for line in CAPTURED if line["scheme"] == scheme]


def update_of(scheme: str) -> ObjectId:
    """The update of ours that was answered and liked."""
    like = next(line for line in of(scheme) if line["type"] == "Like")
    return ObjectId(json.loads(like["body"])["object"])


@pytest.fixture
async def listener(scheme: str, tmp_path: Path) -> AsyncIterator[Listener]:
    """A node that stands where alpha.test stood: it has published the update and has asked to follow."""
    clock = Clock(datetime.fromisoformat(of(scheme)[0]["at"]))
    around = Surroundings(now=clock)
    asked = Request(
        home=tmp_path / "home",
        name="Alpha",
        handle="union",
        url="https://alpha.test",
        kit=tmp_path / "kit",
        passphrase=None,
    )
    await set_up(asked, around)
    async with open_node(load_config(asked.home, {}), around) as node:
        await node.store.save_remote_actor(
            parse_actor(json.loads((VECTORS / "fedify_actor.json").read_text()), clock.at)
        )
        await run_command("campaign add", {"handle": "strike", "name": "Strike"}, node)
        serial = serial_of(update_of(scheme))
        await run_command("post", {"handle": "strike", "text": "We walked out", "serial": serial}, node)
        await run_command("follow", {"address": REF}, node)
        yield listen(node, clock)


async def seen(listener: Listener, scheme: str) -> str:
    """Everything that the conversation can change, in words."""
    store, update = listener.node.store, update_of(scheme)
    follower = await store.find_follower(REF, ActorId("https://alpha.test/actors/strike"))
    following = await store.find_following(listener.node.union_actor, REF)
    counts = await store.count_reactions(update)
    comments = await store.list_comments(update, state="held", before=None, limit=10)
    words = ["follower"] if follower is not None and follower.state == "accepted" else []
    words += ["followed"] if following is not None and following.state == "accepted" else []
    words += [f"comment:{one.html}" for one in comments]
    words += [
        f"timeline:{one.html}"
        for one in await store.list_timeline(before=None, limit=10)
        if one.id not in {comment.id for comment in comments}
    ]
    words += [f"likes:{counts['like']}"] if counts["like"] else []
    words += [f"shares:{counts['share']}"] if counts["share"] else []
    return " ".join(words + [f"report:{one.text}" for one in await store.list_reports(limit=10)])


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_each_request_of_the_conversation_has_its_effect(listener: Listener, scheme: str) -> None:
    effects = []
    for line in of(scheme):
        await listener.hear(line)
        effects.append(await seen(listener, scheme))
    assert list(SEEN) == effects


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_we_sign_to_fedify_as_it_signed_to_us(listener: Listener, scheme: str) -> None:
    await listener.hear(of(scheme)[0])
    assert scheme == await listener.node.schemes.first(Host("fedify.test"))


@pytest.mark.parametrize(("scheme", "names"), COVERED)
async def test_no_covered_header_may_be_another_requests(
    listener: Listener, scheme: str, names: tuple[str, ...]
) -> None:
    first, *_, last = of(scheme)
    for name in names:
        with pytest.raises(BadSignature):
            await listener.hear({**first, "headers": {**first["headers"], name: last["headers"][name]}})
    assert "" == await seen(listener, scheme)
