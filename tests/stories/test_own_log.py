"""Our own log, as anybody reads it: signed after each post, provable, and without what was taken back."""

from __future__ import annotations

import json

import pytest

from federation.keys import multihash_sha256
from federation.log.append import append
from federation.proofs.jcs import canonical
from federation.tlog.merkle import leaf_hash, root_of
from federation.tlog.proof_file import read_proof, verify_proof
from federation.tlog.tiles import read_bundle
from node.actions.speak import speak
from node.cli.reading import text
from storage.ids import LogName
from tests.stories.picturing import attachments, given, publishing
from tests.stories.reading_logs import by_origin, get, our_log, our_name, read_head
from tests.village import Village, Villager

AS_TYPES = ("application/activity+json", "application/ld+json")


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    return us


async def entries_of(us: Villager, size: int) -> list[bytes]:
    answer = await get(us, f"{our_log(us)}/1/tile/entries/000.p/{size}")
    assert answer.status == 200
    return read_bundle(answer.body, most=256)


async def test_a_post_stands_below_a_signed_head_at_once(us: Villager) -> None:
    before = await read_head(us)
    await us.do("post", handle="strike", text="We walked out")
    after = await read_head(us)
    assert (2, 3) == (before.size, after.size)
    entries = await entries_of(us, 3)
    assert after.root == root_of([leaf_hash(entry) for entry in entries])
    assert before.root == root_of([leaf_hash(entry) for entry in entries[:2]])


async def test_a_tile_holds_the_hashes_of_the_entries(us: Villager) -> None:
    entries = await entries_of(us, 2)
    tile = await get(us, f"{our_log(us)}/tile/0/000.p/2")
    assert (200, b"".join(map(leaf_hash, entries))) == (tile.status, tile.body)


async def test_the_log_has_three_addresses_and_one_content(us: Villager) -> None:
    prefixes = [our_log(us), f"{our_log(us)}/1", by_origin(our_name(us))]
    for path in ("/checkpoint", "/tile/0/000.p/2", "/activities?from=0", "/proof/1", "/receipts", "/withheld"):
        answers = [await get(us, prefix + path) for prefix in prefixes]
        assert {200} == {answer.status for answer in answers}, path
        assert 1 == len({answer.body for answer in answers}), path


async def test_activities_come_as_the_exact_bytes_that_their_entries_commit_to(us: Villager) -> None:
    await us.do("post", handle="strike", text="We walked out")
    answer = await get(us, f"{our_log(us)}/activities?from=1&limit=2")
    lines = answer.body.splitlines()
    digests = [json.loads(entry)["digest"] for entry in await entries_of(us, 3)]
    assert digests[1:] == [multihash_sha256(line) for line in lines]
    for digest, line in zip(digests[1:], lines, strict=True):
        one = await get(us, f"{our_log(us)}/activity/{digest}")
        assert (200, line, "max-age=60, must-revalidate") == (one.status, one.body, one.kept)


async def test_what_was_taken_back_is_gone_at_once_and_the_tree_stays(us: Villager) -> None:
    update = await us.do("post", handle="strike", text="We walked out")
    digest = json.loads((await entries_of(us, 3))[2])["digest"]
    before = await read_head(us)
    await us.do("retract", id=text(update, "id"))
    gone = await get(us, f"{our_log(us)}/activity/{digest}")
    assert (410, "no-store", b"Gone") == (gone.status, gone.kept, gone.body)
    page = await get(us, f"{our_log(us)}/activities?from=2&limit=1")
    assert b'{"withdrawn":2}\n' == page.body
    assert 410 == (await get(us, f"{our_log(us)}/proof/2")).status
    after = await read_head(us)
    hashes = [leaf_hash(entry) for entry in await entries_of(us, 4)]
    assert (4, root_of(hashes), root_of(hashes[:3])) == (after.size, after.root, before.root)


async def test_an_edit_hides_the_version_before_and_the_new_one_stands(us: Villager) -> None:
    update = await us.do("post", handle="strike", text="We walked out")
    await us.do("edit", id=text(update, "id"), text="We walked out at six")
    page = (await get(us, f"{our_log(us)}/activities?from=2")).body.splitlines()
    assert [b'{"withdrawn":2}', "Update"] == [page[0], json.loads(page[1])["type"]]


async def test_actors_documents_are_never_withdrawn(us: Villager) -> None:
    await us.do("campaign edit", handle="strike", name="Strike, day 2")
    page = (await get(us, f"{our_log(us)}/activities")).body.splitlines()
    assert ["Create", "Create", "Update"] == [json.loads(line)["type"] for line in page]


async def test_a_proof_can_be_checked_offline_with_nothing_but_the_log_key(us: Villager) -> None:
    await us.do("post", handle="strike", text="We walked out")
    answer = await get(us, f"{our_log(us)}/proof/2")
    proof = read_proof(answer.body)
    extra = json.loads(proof.extra or b"")
    assert ["activity", "charter", "charters", "entry"] == sorted(extra)
    assert canonical(extra) == proof.extra
    assert extra["entry"]["digest"] == multihash_sha256(canonical(extra["activity"]))
    head = verify_proof(
        proof,
        entry=canonical(extra["entry"]),
        origin=our_name(us),
        public=us.node.vault.log_key().public_key(),
    )
    assert (3, us.node.union.did) == (head.size, extra["charter"]["union"])


async def test_only_full_tiles_and_partial_ones_that_exist_are_kept_for_ever(us: Villager) -> None:
    for path in ("/tile/0/000.p/1", "/tile/0/000.p/2", "/tile/entries/000.p/2"):
        assert "public, max-age=31536000, immutable" == (await get(us, our_log(us) + path)).kept
    for path in ("/tile/0/000", "/tile/0/000.p/3", "/tile/entries/000.p/3", "/tile/0/001.p/1", "/tile/1/000.p/1"):
        answer = await get(us, our_log(us) + path)
        assert (404, "no-store") == (answer.status, answer.kept), path


async def test_heads_are_asked_for_again_each_time_and_cost_nothing_while_they_stand(us: Villager) -> None:
    head = await get(us, f"{our_log(us)}/checkpoint")
    assert "no-cache" == head.kept
    again = await get(us, f"{our_log(us)}/checkpoint", {"If-None-Match": head.headers["ETag"]})
    assert (304, b"") == (again.status, again.body)


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000.p/2", "activities", "proof/0", "receipts", "withheld"])
async def test_nothing_of_a_log_is_activitystreams_or_can_be_taken_for_something_else(us: Villager, path: str) -> None:
    answer = await get(us, f"{our_log(us)}/{path}", {"Accept": "application/activity+json"})
    assert 200 == answer.status
    assert not answer.headers["Content-Type"].startswith(AS_TYPES)
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "default-src 'none'; sandbox" == answer.headers["Content-Security-Policy"]


HUGE = "9" * 40
ODD = [
    "/log/did:key:z6MkNobody/checkpoint",
    "/log/did:key:z6Mk1/1/checkpoint",
    "/log/did:key:z6Mk%2F1/checkpoint",
    f"/log/{'0' * 64}/checkpoint",
    "/log/00/checkpoint",
    "/log/abc/tile/0/000",
    "{log}/0/checkpoint",
    "{log}/2/checkpoint",
    f"{{log}}/{HUGE}/checkpoint",
    "{log}%2F1/checkpoint",
    "{log}/1%2Fcheckpoint",
    "{log}/checkpoint/",
    "{log}/tile/0/000.p/0",
    "{log}/tile/0/000.p/256",
    "{log}/tile/0/000.p/01",
    "{log}/tile/0/0",
    "{log}/tile/00/000.p/2",
    "{log}/tile/64/000.p/1",
    "{log}/tile/63/000.p/1",
    f"{{log}}/tile/0/{HUGE}",
    "{log}/tile/0/x999/x999/x999/x999/x999/999",
    "{log}/tile/0/x001/x234/067",
    "{log}/tile/0/..%2F..%2F000",
    "{log}/tile/0%2F000.p%2F2",
    "{log}/tile/entries/../0/000.p/2",
    "{log}/tile/entries/000.p/",
    "{log}/tile/%C3%B6",
    f"{{log}}/proof/{HUGE}",
    "{log}/proof/2",
    "{log}/proof/00",
    "{log}/proof/-1",
    "{log}/activity/zQm",
    f"{{log}}/activity/{'z' * 5000}",
    "{log}/activity/..",
    "{log}/media/x",
    f"{{log}}/media/z{HUGE}",
    "{log}/nothing",
]


async def test_an_odd_address_is_not_there(us: Villager) -> None:
    for path in ODD:
        assert 404 == (await get(us, path.replace("{log}", our_log(us)))).status, path


ODD_NUMBERS = ["-1", "x", "", "1.0", "01", "%00", HUGE, "%D9%A1", "1e3", "0x1", "+1", "%201"]


async def test_an_odd_number_is_refused(us: Villager) -> None:
    for number in ODD_NUMBERS:
        for query in (f"activities?from={number}", f"activities?limit={number}", f"checkpoint?size={number}"):
            assert 400 == (await get(us, f"{our_log(us)}/{query}")).status, query
    assert 400 == (await get(us, f"{our_log(us)}/activities?limit=0")).status


async def test_a_page_begins_at_the_head_at_most_and_ends_there(us: Villager) -> None:
    assert b"" == (await get(us, f"{our_log(us)}/activities?from=2")).body
    assert 404 == (await get(us, f"{our_log(us)}/activities?from=3")).status
    assert 2 == len((await get(us, f"{our_log(us)}/activities?limit=999999999999999")).body.splitlines())


async def test_a_head_that_is_waited_for_comes_as_it_is_in_the_end(us: Villager) -> None:
    for size in (0, 2, 3, 999_999_999_999_999):
        answer = await get(us, f"{our_log(us)}/checkpoint?size={size}")
        assert (200, b"2") == (answer.status, answer.body.split(b"\n")[1])


async def test_nothing_beyond_the_signed_head_is_given(us: Villager) -> None:
    """A tree may be larger than its head for a moment: between an append and the signature."""
    store, name = us.node.store, our_name(us)
    actor = us.node.union_actor
    document = speak(
        "Announce", actor=actor, object=f"{us.node.config.url}/objects/1", serial="99", at=us.node.now(), node=us.node
    )
    await append(document, store, expecting=2)
    assert 3 == (await us.node.tree.catch_up()).size
    digest = json.loads((await store.list_leaves(name, 2, 1))[0].entry)["digest"]
    for path in ("tile/0/000.p/3", "tile/entries/000.p/3", f"activity/{digest}", "proof/2", "activities?from=3"):
        assert 404 == (await get(us, f"{our_log(us)}/{path}")).status, path
    assert await us.node.heads.bring_up()
    assert 200 == (await get(us, f"{our_log(us)}/proof/2")).status


async def test_a_log_of_another_union_is_not_made_up(us: Villager, village: Village) -> None:
    other = await village.add("harbour")
    assert 404 == (await get(us, f"{our_log(other)}/checkpoint")).status
    assert 404 == (await get(us, by_origin(LogName(f"{other.node.union.did}/1")) + "/checkpoint")).status


async def test_a_picture_is_given_by_the_digest_in_the_signed_note_until_it_is_taken_back(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    (picture,) = await attachments(post)
    path = f"{our_log(us)}/media/{text(picture, 'digestMultibase')}"
    answer = await get(us, path)
    assert (200, "application/octet-stream") == (answer.status, answer.headers["Content-Type"])
    assert text(picture, "digestMultibase") == multihash_sha256(answer.body)
    await us.do("retract", id=text(post, "id"))
    assert (404, "no-store") == ((await get(us, path)).status, (await get(us, path)).kept)
