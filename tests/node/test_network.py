"""`/network` tells who holds what of us and what would survive; proofs are downloaded and checked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from federation.keys import new_ed25519
from federation.log.check_proof import check_proof
from federation.log.kept import read_head
from node.web.readers.wording import WORDINGS
from node.web.readers.wording.network.table import NetworkWords
from storage.ids import LogName
from tests.elsewhere import Elsewhere
from tests.node.test_mirrors import Held, held  # noqa: F401
from tests.node.test_wording import names_in


async def _mirrored(held: Held, mirror: Elsewhere, *, missing: int = 0) -> None:  # noqa: F811
    """`mirror` has signed that it holds our record, but for so many entries."""
    store, name = held.us.node.store, LogName(f"{held.us.node.union.did}/1")
    if missing == 0:
        head = await read_head(store, name)
        assert head is not None
        receipt = mirror.receipt_for(head, at=held.us.node.now() - timedelta(minutes=5))
        assert await store.save_receipt(receipt)
    await store.add_charter(mirror.charter())


async def _publish(held: Held) -> str:  # noqa: F811
    await held.us.do("campaign add", handle="strike", name="Strike")
    made = await held.us.do("post", handle="strike", text="We **walked out**")
    assert isinstance(made, dict)
    return str(made["url"]).removeprefix(held.us.node.config.url)


async def test_without_peers_nothing_would_be_left(held: Held) -> None:  # noqa: F811
    await _publish(held)
    status, page, _ = await held.get("/network")
    assert 200 == status
    for words in ("No other union is named here yet", "Nothing would be left of our record", "Fewer than two"):
        assert words in page


async def test_it_says_what_each_holds_and_what_would_survive(held: Held) -> None:  # noqa: F811
    await _publish(held)
    await held.them.hold(held.us.node.store)
    await _mirrored(held, held.them)
    _, page, _ = await held.get("/network")
    for words in (
        "everything, 3 entries",
        "everything up to entry 1",
        "is answering",
        "Our whole record of 3 entries",
        "Fewer than two of the mirrors",
        "Its record up to entry 1 would still stand here",
        'href="/mirrors/harbour.example/"',
    ):
        assert words in page


async def test_two_mirrors_with_everything_are_enough(held: Held) -> None:  # noqa: F811
    await _publish(held)
    second = Elsewhere("https://mill.example", "Mill Workers")
    second.introduce()
    for mirror in (held.them, second):
        await mirror.hold(held.us.node.store)
        await _mirrored(held, mirror)
    _, page, _ = await held.get("/network")
    assert {"Harbour Workers, Mill Workers", "Mill Workers, Harbour Workers"} & set(
        re.findall(r'lang="">([^<]*)<', page)
    )
    assert "Fewer than two" not in page


async def test_a_mirror_that_is_behind_holds_a_part(held: Held) -> None:  # noqa: F811
    await held.us.do("campaign add", handle="strike", name="Strike")
    await held.them.hold(held.us.node.store, silent_since=held.them.at, silence_agreed_at=held.them.at)
    await _mirrored(held, held.them)
    await held.us.do("post", handle="strike", text="One more")
    _, page, _ = await held.get("/network")
    assert "2 of 3 entries" in page
    assert "2 of the 3 entries of our record would still stand at" in page
    assert "has been silent since" in page


async def test_an_unlisted_mirror_s_receipt_counts_for_nothing_in_public(held: Held) -> None:  # noqa: F811
    path = await _publish(held)
    await held.them.hold(held.us.node.store, is_unlisted=True)
    await _mirrored(held, held.them)
    assert "Nothing would be left" in (await held.get("/network"))[1]
    assert held.them.did not in (await held.get(f"{path}.tlog-proof"))[1]


async def test_the_proof_of_an_update_of_ours_is_checked_with_our_words(held: Held) -> None:  # noqa: F811
    path = await _publish(held)
    await held.them.hold(held.us.node.store)
    await _mirrored(held, held.them)
    assert f'href="{path}.tlog-proof"' in (await held.get(path))[1]
    status, proof, headers = await held.get(f"{path}.tlog-proof")
    assert (200, "nosniff") == (status, headers["X-Content-Type-Options"])
    assert headers["Content-Disposition"].endswith('.tlog-proof"')
    proved = check_proof(proof.encode(), held.us.node.union.did)
    assert ["Harbour Workers"] == [signer.name for signer in proved.signers]
    assert "walked out" in str(proved.document["object"])


async def test_the_proof_of_a_held_update_is_checked_with_its_union_s_words(held: Held) -> None:  # noqa: F811
    id = held.them.say("<p>We are out.</p>")
    mirror = Elsewhere("https://mill.example", "Mill Workers")
    await held.them.hold(held.us.node.store, mirror=mirror)
    await mirror.hold_nothing(held.us.node.store)
    _, proof, _ = await held.get(f"{held.path(id)}.tlog-proof")
    proved = check_proof(proof.encode(), held.them.did)
    assert (id, ["Mill Workers"]) == (proved.object, [signer.name for signer in proved.signers])


async def test_a_proof_carries_the_charter_that_names_the_key_of_a_receipt(held: Held) -> None:  # noqa: F811
    path = await _publish(held)
    await held.them.hold(held.us.node.store)
    await _mirrored(held, held.them)
    old, renewed = held.them.charter(), replace(held.them, cosigner=new_ed25519(), log_key=new_ed25519())
    body = renewed.charter(epoch=2, previous=[old.digest]).body
    await held.us.node.store.add_charter(replace(old, epoch=2, digest="zQmSecond", body=body))
    _, proof, _ = await held.get(f"{path}.tlog-proof")
    proved = check_proof(proof.encode(), held.us.node.union.did)
    assert ["Harbour Workers"] == [signer.name for signer in proved.signers]


async def test_the_proof_of_what_was_retracted_is_gone(held: Held) -> None:  # noqa: F811
    path = await _publish(held)
    id = held.us.node.locations.post(path.rsplit("/", 1)[-1])
    await held.us.do("retract", id=id)
    assert 410 == (await held.get(f"{path}.tlog-proof"))[0]
    assert 404 == (await held.get(f"{path}1.tlog-proof"))[0]


@pytest.mark.parametrize("path", ["/network", "/network/check", "/mirrors/"])
async def test_each_page_leads_to_the_others(held: Held, path: str) -> None:  # noqa: F811
    status, page, headers = await held.get(path)
    assert (200, True) == (status, 'href="/network"' in page)
    assert "ETag" in headers
    assert "<script" not in page


async def test_the_check_page_shows_the_command_with_our_words(held: Held) -> None:  # noqa: F811
    _, page, _ = await held.get("/network/check")
    assert "picketline verify FILE.tlog-proof --union" in page
    assert "What it does not prove" in page


@pytest.mark.parametrize("code", list(WORDINGS))
def test_every_language_says_everything_about_the_network(code: str) -> None:
    english, words = WORDINGS["en"].network, WORDINGS[code].network
    for name in NetworkWords.__dataclass_fields__:
        said, there = getattr(words, name), getattr(english, name)
        assert said.strip() == said != ""
        assert names_in(there) == names_in(said)
        assert (code == "en" or " " not in there) == (said == there) or " " not in there
