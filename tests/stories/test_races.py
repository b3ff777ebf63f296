"""Two processes publish for one union: each loses a race once and does what is right; nothing stands twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from federation.wire import Wire
from node.actions.boosts import boost, unboost
from node.actions.campaigns import CampaignChange, add_campaign, edit_campaign
from node.actions.compose import Draft
from node.actions.edit import edit
from node.actions.pins import pin, unpin
from node.actions.publish import publish
from node.actions.retract import retract
from node.actions.rotate import rotate_keys
from node.context import Node
from node.publishing import MOST_RACES
from node.refusal import Refusal
from node.signers import shows
from node.vault import KeyStrange
from storage.errors import HeadMoved
from storage.records import LocalActor
from tests.stories.races import Twins, copy_of_home
from tests.village import Village


@pytest.fixture
async def twins(village: Village) -> AsyncIterator[Twins]:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    async with Wire(dev=True, own_hosts=[], user_agent="Twins") as wire:
        yield Twins(us, wire)


def draft(words: str, **fields: str) -> Draft:
    return Draft(text=words, warning=fields.get("warning"), language=fields.get("language"), pictures=None)


async def said(twins: Twins, words: str = "first words") -> str:
    return (await publish("strike", draft(words), twins.one.new_serial(), twins.one)).id


async def waiting(node: Node) -> None:
    """Until somebody waits for its turn."""
    while not node.publishing._one_at_a_time._waiters:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def actor(node: Node) -> LocalActor:
    found = await node.store.find_actor_by_handle("strike")
    assert found is not None
    return found


async def test_two_posts_take_two_places_in_one_order(twins: Twins) -> None:
    node = twins.other
    late = publish("strike", draft("late"), node.new_serial(), node)
    published = await twins.lose(late, lambda one: publish("strike", draft("first"), one.new_serial(), one))
    posts = await node.store.list_posts(None, before=None, limit=10)
    assert {"late", "first"} == {post.text for post in posts}
    assert (["Create"] * 4, published.index, 2) == (await twins.types(), 3, twins.stalled.appends)


async def test_the_same_number_given_to_both_is_published_once(twins: Twins) -> None:
    serial = twins.one.new_serial()
    first = partial(publish, "strike", draft("words"), serial)
    late = publish("strike", draft("words"), serial, replace(twins.other, surroundings=twins.one.surroundings))
    published = await twins.lose(late, first)
    assert (["Create"] * 3, 2) == (await twins.types(), published.index)


async def test_of_two_edits_the_late_one_is_a_version_of_the_first_one(twins: Twins) -> None:
    id = await said(twins)
    late = edit(id, draft("mended twice"), twins.other.new_serial(), twins.other)
    await twins.lose(late, lambda one: edit(id, draft("mended", warning="W"), one.new_serial(), one))
    (post,) = await twins.one.store.list_posts(None, before=None, limit=10)
    assert ("mended twice", "W") == (post.text, post.warning)
    assert ["Update", "Update"] == (await twins.types())[-2:]


async def test_an_edit_that_comes_while_words_are_composed_is_kept_too(twins: Twins) -> None:
    id, node = await said(twins), twins.other
    async with node.publishing:
        late = asyncio.create_task(edit(id, draft("mended"), node.new_serial(), node))
        await waiting(node)
        await edit(id, draft("", warning="W"), twins.one.new_serial(), twins.one, keep_text=True)
    await late
    (post,) = await node.store.list_posts(None, before=None, limit=10)
    assert ("mended", "W") == (post.text, post.warning)


async def test_what_was_retracted_meanwhile_is_not_edited(twins: Twins) -> None:
    id = await said(twins)
    late = edit(id, draft("mended"), twins.other.new_serial(), twins.other)
    with pytest.raises(Refusal, match="was retracted"):
        await twins.lose(late, lambda one: retract(id, one.new_serial(), one))
    assert "Delete" == (await twins.types())[-1]
    assert [] == await twins.one.store.list_posts(None, before=None, limit=10)


async def test_of_two_retractions_one_stands(twins: Twins) -> None:
    id = await said(twins)
    late = retract(id, twins.other.new_serial(), twins.other)
    with pytest.raises(Refusal, match="was retracted"):
        await twins.lose(late, lambda one: retract(id, one.new_serial(), one))
    assert 1 == (await twins.types()).count("Delete")


async def test_what_was_retracted_meanwhile_is_not_pinned(twins: Twins) -> None:
    id = await said(twins)
    late = pin(id, twins.other.new_serial(), twins.other)
    with pytest.raises(Refusal, match="was retracted"):
        await twins.lose(late, lambda one: retract(id, one.new_serial(), one))
    assert ("Delete", []) == ((await twins.types())[-1], await twins.one.store.list_pinned((await actor(twins.one)).id))


async def test_what_is_pinned_by_both_is_pinned_once_and_so_taken_off(twins: Twins) -> None:
    id = await said(twins)
    again = await twins.lose(pin(id, twins.other.new_serial(), twins.other), lambda one: pin(id, one.new_serial(), one))
    assert ("Add", 1, again.index) == ((await twins.types())[-1], (await twins.types()).count("Add"), 3)
    with pytest.raises(Refusal, match="is not pinned"):
        await twins.lose(unpin(id, twins.other.new_serial(), twins.other), lambda one: unpin(id, one.new_serial(), one))
    assert 1 == (await twins.types()).count("Remove")


async def test_what_both_boost_is_boosted_once_and_so_taken_back(twins: Twins) -> None:
    id = await said(twins)
    both = await twins.lose(
        boost(id, None, twins.other.new_serial(), twins.other), lambda one: boost(id, None, one.new_serial(), one)
    )
    assert (3, 1) == (both.index, (await twins.types()).count("Announce"))
    with pytest.raises(Refusal, match="does not boost"):
        await twins.lose(
            unboost(id, None, twins.other.new_serial(), twins.other),
            lambda one: unboost(id, None, one.new_serial(), one),
        )
    assert 1 == (await twins.types()).count("Undo")


async def test_what_was_retracted_meanwhile_is_not_boosted(twins: Twins) -> None:
    id = await said(twins)
    late = boost(id, None, twins.other.new_serial(), twins.other)
    with pytest.raises(Refusal, match="was retracted"):
        await twins.lose(late, lambda one: retract(id, one.new_serial(), one))
    assert "Announce" not in await twins.types()


async def test_a_campaign_opened_by_both_is_opened_once(twins: Twins) -> None:
    late = add_campaign("lockout", "Lockout", "", approves_followers=False, node=twins.other)
    opened = await twins.lose(
        late, lambda one: add_campaign("lockout", "Lockout", "", approves_followers=False, node=one)
    )
    assert (["Create"] * 3, "Lockout") == (await twins.types(), opened.name)
    assert shows(opened, twins.other.vault.actor_keys("lockout"))


async def test_of_a_campaign_described_by_both_each_change_stays(twins: Twins) -> None:
    late = edit_campaign("strike", CampaignChange(name="Strike, day 2"), twins.other)
    await twins.lose(late, lambda one: edit_campaign("strike", CampaignChange(summary="more"), one))
    described = await actor(twins.one)
    assert ("Strike, day 2", "more") == (described.name, described.summary)


async def test_keys_changed_by_both_processes_of_a_home_are_changed_one_after_the_other(twins: Twins) -> None:
    late, changed = rotate_keys("strike", twins.other.new_serial(), twins.other), []

    async def first(one: Node) -> None:
        changed.append((await rotate_keys("strike", one.new_serial(), one)).actor.rsa_public_pem)

    rotated = await twins.lose(late, first)
    assert rotated.actor.rsa_public_pem not in changed
    assert 2 == (await twins.types()).count("Update")
    for node in (twins.one, twins.other):
        assert shows(await actor(node), node.vault.actor_keys("strike"))
    await publish("strike", draft("signed anew"), twins.other.new_serial(), twins.other)


async def test_keys_changed_on_another_machine_are_asked_for_and_nothing_is_written(
    village: Village, tmp_path: Path
) -> None:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    home = await copy_of_home(us, tmp_path / "elsewhere")
    async with Wire(dev=True, own_hosts=[], user_agent="Twins") as wire:
        twins = Twins(us, wire, home=home)
        late = rotate_keys("strike", twins.other.new_serial(), twins.other)
        with pytest.raises(KeyStrange, match="Copy keys/actors/strike"):
            await twins.lose(late, lambda one: rotate_keys("strike", one.new_serial(), one))
        with pytest.raises(KeyStrange, match="Copy keys/actors/strike"):
            await publish("strike", draft("words"), twins.other.new_serial(), twins.other)
        assert ["Create", "Create", "Update"] == await twins.types()


async def test_who_loses_again_and_again_gives_up_with_a_sentence(twins: Twins) -> None:
    async def always_late() -> None:
        raise HeadMoved("late")

    with pytest.raises(HeadMoved, match=f"faster {MOST_RACES} times"):
        await twins.other.publishing.win(always_late)
