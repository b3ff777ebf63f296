"""Whom a block names: a host with its subdomains, an address, an id, a page; and who learns of it."""

from __future__ import annotations

import pytest

from node.cli.reading import member, rows, text
from node.refusal import Refusal
from storage.ids import ActorId
from tests.federation.people import show
from tests.stories.strangers import send
from tests.stories.test_blocks import block, host_of, show_actor
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401


async def test_an_address_blocked_before_anybody_knew_who_has_it_is_refused_at_its_first_word(
    scene: Scene,  # noqa: F811
) -> None:
    await scene.us.do("block import", rows=f"eve@{host_of(scene.mal)}\tspies")
    received = await scene.received()
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 403
    assert (received, []) == (await scene.received(), await scene.followers())
    assert await scene.deliver(scene.peer, follow(scene, scene.peer)) == 202


async def test_a_host_is_blocked_with_its_subdomains_and_no_look_alike(scene: Scene) -> None:  # noqa: F811
    await block(scene, "mal.example")
    found = [
        await scene.us.node.blocks.find(ActorId(f"https://{host}/eve")) is not None
        for host in ("mal.example", "a.b.mal.example", "evilmal.example", "mal.example.org")
    ]
    assert [True, True, False, False] == found


@pytest.mark.parametrize("named", ["com", "", "*.mal.example", "@eve", "mal example"])
async def test_what_names_nobody_is_not_blocked(scene: Scene, named: str) -> None:  # noqa: F811
    with pytest.raises(Refusal, match="cannot be blocked"):
        await block(scene, named)


async def test_we_never_block_ourselves(scene: Scene) -> None:  # noqa: F811
    host = scene.us.node.locations.host
    for named in (host, host.partition(":")[0], scene.campaign, f"@strike@{host}", f"http://{host}/"):
        with pytest.raises(Refusal, match="cannot block itself"):
            await block(scene, named)
    assert [] == rows(member(await scene.us.do("block list"), "blocks"))


async def test_a_page_copied_from_the_browser_blocks_the_actor_behind_it(scene: Scene) -> None:  # noqa: F811
    eve = scene.mal.actor()
    show_actor(scene.mal, "@eve", scene.mal.document("eve"))
    done = await block(scene, f"{scene.mal.base}/@eve")
    assert (eve, True) == (text(done, "target"), member(done, "asked"))


async def test_a_name_whose_server_is_silent_is_blocked_as_it_stands(scene: Scene) -> None:  # noqa: F811
    done = await block(scene, f"@nobody@{host_of(scene.mal)}", reason="spies\n of  the firm")
    assert (f"nobody@{host_of(scene.mal)}", False) == (text(done, "target"), member(done, "asked"))
    listed = rows(member(await scene.us.do("block list"), "blocks"))
    assert ["spies of the firm"] == [text(row, "reason") for row in listed]


@pytest.mark.parametrize("type", ["Like", "Follow", "Delete"])
@pytest.mark.parametrize("form", ["id", "host"])
async def test_nobody_learns_who_is_blocked_by_speaking_in_their_name(
    scene: Scene,  # noqa: F811
    type: str,
    form: str,
) -> None:
    """Eve is known here and Zoe is not; the employer holds neither's key."""
    eve = scene.mal.actor()
    await scene.us.node.resolver.actor(ActorId(eve))

    async def ask() -> list[int]:
        answers = []
        for name in ("eve", "zoe"):
            for key_id in (f"{scene.mal.base}/{name}#main-key", f"{scene.peer.actor()}#main-key"):
                actor = f"{scene.mal.base}/{name}"
                activity = scene.mal.activity(type, actor if type == "Delete" else scene.campaign, actor)
                answers.append(await scene.deliver(scene.peer, activity, key_id=key_id))
            scene.village.clock.move(minutes=6)
        return answers

    before = await ask()
    await block(scene, eve if form == "id" else host_of(scene.mal))
    assert before == await ask()
    assert await scene.deliver(scene.mal, scene.mal.activity("Like", scene.campaign)) == 403


async def test_whoever_is_blocked_by_address_stays_so_under_another_handle(scene: Scene) -> None:  # noqa: F811
    """Carol, a neighbour who claims a key of Eve's name, makes us look at Eve's document again."""
    eve, carol = scene.mal.actor(), scene.mal.actor("carol")
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    await block(scene, f"@eve@{host_of(scene.mal)}", reason="spies")
    shown = scene.mal.document("carol")
    assert isinstance(shown["publicKey"], dict)
    shown["publicKey"] = [shown["publicKey"], {**shown["publicKey"], "id": f"{eve}#main-key"}]
    show(scene.mal.site, "/carol", shown)
    like = scene.mal.activity("Like", scene.campaign, carol)
    assert await scene.deliver(scene.mal, like, key_id=f"{carol}#main-key") == 202
    show(scene.mal.site, "/eve", {**scene.mal.document(), "preferredUsername": "adam"})
    like = scene.mal.activity("Like", scene.campaign, carol)
    body, headers = scene.mal.signed(scene.inbox, like, scene.village.clock(), key_id=f"{eve}#main-key")
    headers["Signature"] = headers["Signature"].replace('signature="', 'signature="AAAA')
    assert await send(scene.inbox, body, headers) == 401
    known = await scene.us.node.store.find_remote_actor(ActorId(eve))
    assert known is not None
    assert "adam" == known.handle
    scene.us.node.blocks.forget()  # as after a restart
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 403
    assert [] == await scene.followers()
    listed = rows(member(await scene.us.do("block list"), "blocks"))
    assert [("address", "spies"), ("actor", "spies")] == [(text(row, "kind"), text(row, "reason")) for row in listed]
