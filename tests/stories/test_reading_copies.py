"""Three unions, one of which falls silent: its words, pictures and proofs are read at its mirrors, and by the wire."""

from __future__ import annotations

import aiohttp
import pytest

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.log.check_proof import check_proof
from federation.strictjson import JsonValue
from node.actions.wire import ensure_wire
from node.cli.reading import rows, text
from tests.browser.photos import SQUARE, given
from tests.stories.mirroring import cut_off, rounds, three
from tests.village import Village, Villager


async def get(us: Villager, path: str, accept: str = "text/html") -> tuple[int, bytes]:
    url = us.node.config.url + path
    async with aiohttp.ClientSession() as client, client.get(url, headers={"Accept": accept}) as answer:
        return answer.status, await answer.read()


async def test_a_fallen_union_is_read_at_its_mirrors(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    origin, mirror, reader = await three(village)
    await ensure_wire(mirror.node)
    await reader.do("follow", address=f"wire@{mirror.node.locations.host}")
    await village.settle()
    pictures: list[JsonValue] = [*await given(origin, {SQUARE: "Soup at gate B"})]
    done = await origin.do("post", handle="strike", text="We **walked out**", pictures=pictures)
    await village.settle()
    await rounds(village)
    own = text(done, "url").removeprefix(origin.node.config.url)
    path = f"/mirrors/{origin.node.locations.host}/{text(done, 'id').rsplit('/', 1)[-1]}"
    _, exact = await get(origin, own, ACTIVITY_JSON)
    assert "is answering" in (await get(mirror, path))[1].decode()
    with cut_off(origin, mirror, reader, monkeypatch=monkeypatch):
        await rounds(village)
        _, page = await get(mirror, path)
        assert "has been silent since" in page.decode()
        assert "<strong>walked out</strong>" in page.decode()
        assert (200, exact) == await get(mirror, path, ACTIVITY_JSON)
        picture = page.decode().split('<img src="', 1)[1].split('"', 1)[0]
        assert await get(origin, picture) == await get(mirror, picture)
        assert 200 == (await get(reader, picture))[0]
        assert any("walked out" in text(row, "content") for row in rows(await reader.do("timeline")))
    for node, address in ((mirror, f"{path}.tlog-proof"), (origin, f"{own}.tlog-proof")):
        proved = check_proof((await get(node, address))[1], origin.node.union.did)
        assert proved.object == text(done, "id")
    assert {mirror.node.union.did, reader.node.union.did} <= {
        signer.union
        for signer in check_proof((await get(origin, f"{own}.tlog-proof"))[1], origin.node.union.did).signers
    }


async def test_mir_06_what_the_origin_takes_back_is_gone_from_pages_pictures_and_wire(village: Village) -> None:
    origin, mirror, _ = await three(village)
    pictures: list[JsonValue] = [*await given(origin, {SQUARE: "A face"})]
    done = await origin.do("post", handle="strike", text="A mistake", pictures=pictures)
    await village.settle()
    await rounds(village)
    path = f"/mirrors/{origin.node.locations.host}/{text(done, 'id').rsplit('/', 1)[-1]}"
    picture = (await get(mirror, path))[1].decode().split('<img src="', 1)[1].split('"', 1)[0]
    await origin.do("retract", id=text(done, "id"))
    await village.settle()
    await rounds(village)
    assert (410, 404) == ((await get(mirror, path))[0], (await get(mirror, picture))[0])
    assert b"A mistake" not in (await get(mirror, f"/mirrors/{origin.node.locations.host}/"))[1]


async def test_the_network_page_says_who_holds_it_all(village: Village) -> None:
    origin, mirror, other = await three(village)
    await origin.do("post", handle="strike", text="We walked out")
    await village.settle()
    await rounds(village)
    page = (await get(origin, "/network"))[1].decode()
    assert page.count("everything, ") == 2
    assert "Fewer than two" not in page
    for peer in (mirror, other):
        assert peer.node.config.name in page


async def test_mir_08_a_removed_peer_is_gone_from_pages(village: Village) -> None:
    origin, mirror, _ = await three(village)
    done = await origin.do("post", handle="strike", text="We walked out")
    await village.settle()
    await rounds(village)
    path = f"/mirrors/{origin.node.locations.host}/{text(done, 'id').rsplit('/', 1)[-1]}"
    assert 200 == (await get(mirror, path))[0]
    await mirror.do("peer remove", url=origin.node.config.url)
    assert 404 == (await get(mirror, path))[0]
    assert origin.node.locations.host.encode() not in (await get(mirror, "/mirrors/"))[1]
