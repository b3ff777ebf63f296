"""A post is held by both mirrors; the origin falls; what is missing comes from whoever has it."""

from __future__ import annotations

import pytest

from federation.addresses import authority
from federation.mirror.source import Source
from node.cli.reading import rows, text
from storage.ids import ObjectId
from tests.stories.mirroring import befriend, copy_of, counting, cut_off, held, receipts, rounds, status, three
from tests.village import Village


async def test_a_post_is_held_by_both_mirrors_and_both_say_so(village: Village) -> None:
    one, two, other = await three(village)
    await one.do("post", handle="strike", text="We walked out")
    await village.settle()
    await rounds(village)
    size = (await status(one))["ours"]["size"]
    assert {two.node.config.url: size, other.node.config.url: size} == await receipts(one)
    for mirror in (two, other):
        log = await copy_of(mirror, one)
        assert (size, size, "following") == (log.checkpoint_size, log.size, log.state)
        ours = [leaf.body for leaf in await one.node.store.list_leaves(log.name, 0, 100)]
        assert ours == [leaf.body for leaf in await mirror.node.store.list_leaves(log.name, 0, 100)]
        assert (await held(mirror, one))["complete"] is True
    assert [] == (await status(one))["warnings"]


async def test_what_is_missing_comes_from_another_mirror_when_the_origin_is_gone(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, other = await three(village)
    with cut_off(one, other, monkeypatch=monkeypatch), cut_off(other, one, monkeypatch=monkeypatch):
        await one.do("post", handle="strike", text="We walked out")
        await village.settle()
        await rounds(village, 1)
        ahead, behind = await copy_of(two, one), await copy_of(other, one)
        assert ahead.checkpoint_size > 0
        with cut_off(one, two, monkeypatch=monkeypatch):
            await rounds(village)
        caught_up = await copy_of(other, one)
    assert ahead.checkpoint_size == caught_up.checkpoint_size
    assert behind.checkpoint_size <= caught_up.checkpoint_size
    both = await held(two, one), await held(other, one)
    assert {("silent", True)} == {(row["origin"], row["confirmed"]) for row in both}


async def test_a_union_that_another_mirror_hears_is_not_called_silent(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, other = await three(village)
    with cut_off(one, two, monkeypatch=monkeypatch):
        await rounds(village)
        row = await held(two, one)
        assert ("answering", False, True) == (row["origin"], row["confirmed"], row["unheard_since"] is not None)
        with cut_off(one, other, monkeypatch=monkeypatch):
            await rounds(village)
            assert (await held(two, one))["confirmed"] is True
    await rounds(village, 1)
    row = await held(two, one)
    assert ("answering", False, None) == (row["origin"], row["confirmed"], row["unheard_since"])


async def test_of_two_unions_alone_the_one_speaks_for_the_other_and_does_not_call_it_silent(
    village: Village, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = await village.add("koreno"), await village.add("harbour")
    await befriend(village, one, two)
    caplog.set_level("INFO")
    with cut_off(one, two, monkeypatch=monkeypatch):
        await rounds(village)
        row = await held(two, one)
    assert ("silent", False, True) == (row["origin"], row["confirmed"], row["unheard_since"] is not None)
    said = {getattr(line, "host", None) for line in caplog.records if line.message == "a home does not answer"}
    assert authority(one.node.config.url) in said <= {authority(one.node.config.url), authority(two.node.config.url)}


async def test_an_idle_pact_costs_one_small_request_and_now_and_then_a_charter(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, other = await three(village)
    await rounds(village)
    with counting(two.node.wire, monkeypatch) as asked:
        await rounds(village, 10)
    paths = [path.rpartition("/")[2] for path in asked]
    assert {"checkpoint", "charter", "retractions"} == set(paths)
    of_mirrors = 2  # once in twelve times each union's head is compared with what another mirror was shown
    beside = paths.count("charter"), paths.count("retractions")
    assert (20 + of_mirrors, 10) == (paths.count("checkpoint"), sum(beside))
    assert 1 <= beside[1] <= 2
    assert other.node.union.did in "".join(asked)
    assert one.node.union.did in "".join(asked)


async def test_catching_up_costs_in_proportion_to_what_is_missing(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await three(village)
    for number in range(12):
        await one.do("post", handle="strike", text=f"Update {number}")
    await village.settle()
    await rounds(village)
    await one.do("post", handle="strike", text="One more")
    with counting(two.node.wire, monkeypatch) as asked:
        await village.settle()
    about = [path.partition(f"{one.node.union.did}/1/")[2] for path in asked if one.node.union.did in path]
    size = (await copy_of(two, one)).size
    assert [f"tile/entries/000.p/{size}", "activity"] == [path.partition("/z")[0] for path in about]


async def test_many_posts_are_fetched_in_pages(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, _ = await three(village)
    await rounds(village)
    for number in range(12):
        await one.do("post", handle="strike", text=f"Update {number}")
    with counting(two.node.wire, monkeypatch) as asked:
        await village.settle()
    about = [path for path in asked if f"{one.node.union.did}/1/" in path]
    assert len(about) <= 3


async def test_mir_06_what_the_origin_takes_back_is_gone_from_mirrors(village: Village) -> None:
    one, two, _ = await three(village)
    done = await one.do("post", handle="strike", text="A mistake")
    await village.settle()
    await rounds(village)
    await one.do("retract", id=text(done, "id"))
    await village.settle()
    await rounds(village)
    log = await copy_of(two, one)
    leaves = await two.node.store.list_object_leaves(log.name, [ObjectId(text(done, "id"))])
    assert [("Create", "hidden"), ("Delete", "held")] == [(leaf.type, leaf.state) for leaf in leaves]
    assert await two.node.store.find_standing(log.name, ObjectId(text(done, "id"))) is None
    assert (await held(two, one))["complete"] is True
    assert (await two.do("mirror verify"))["ok"] is True  # type: ignore[index,call-overload]


async def test_a_late_mirror_never_needs_what_was_taken_back(village: Village) -> None:
    one, two = await village.add("koreno"), await village.add("harbour")
    await one.do("campaign add", handle="strike", name="Strike")
    done = await one.do("post", handle="strike", text="A mistake")
    await one.do("post", handle="strike", text="It stands")
    await one.do("edit", id=text(await one.do("post", handle="strike", text="First words"), "id"), text="Better words")
    await one.do("retract", id=text(done, "id"))
    other = await village.add("miners")
    await befriend(village, one, two, other)
    log = await copy_of(two, one)
    states = [leaf.state for leaf in await two.node.store.list_leaves(log.name, 0, 100)]
    assert (log.size, 2) == (log.checkpoint_size, states.count("gone"))
    assert "wanted" not in states


async def test_everything_is_checked_by_verify_and_an_altered_byte_is_named(village: Village) -> None:
    one, two, _ = await three(village)
    await one.do("post", handle="strike", text="We walked out")
    await village.settle()
    await rounds(village)
    report = await two.do("mirror verify", peer=one.node.config.url)
    assert isinstance(report, dict)
    assert (True, []) == (report["ok"], report["problems"])
    assert report["activities"] == (await copy_of(two, one)).size


async def test_without_a_second_source_no_receipt_is_given(village: Village) -> None:
    one, two = await village.add("koreno"), await village.add("harbour")
    await befriend(village, one, two)
    log = await copy_of(two, one)
    assert (True, 0, {}) == (log.size > 0, log.checkpoint_size, await receipts(one))


async def test_organisers_are_warned_while_fewer_than_two_mirrors_hold_everything(village: Village) -> None:
    one = await village.add("koreno")
    await one.do("campaign add", handle="strike", name="Strike")
    warnings = (await status(one))["warnings"]
    assert len(warnings) == 1
    assert "No mirror holds" in warnings[0]


async def test_what_is_withheld_is_not_given_out_and_the_reason_is_public(village: Village) -> None:
    one, two, _ = await three(village)
    id = text(await one.do("post", handle="strike", text="A name"), "id")
    await village.settle()
    await rounds(village)
    await two.do("mirror withhold", id=id, reason="A court forbids it here")
    source = Source(wire=one.node.wire, home=two.node.config.url, log=(await copy_of(two, one)).name)
    leaf = await two.node.store.find_standing(source.log, ObjectId(id))
    assert leaf is not None
    assert frozenset({id}) == await source.withheld()
    assert await source.activity(leaf.digest) is None
    await two.do("mirror withhold", id=id, again=True)
    assert leaf.body == await source.activity(leaf.digest)


async def test_a_frozen_log_takes_nothing_until_it_goes_on(village: Village) -> None:
    one, two, _ = await three(village)
    await two.do("mirror freeze", peer=one.node.config.url)
    before = await copy_of(two, one)
    await one.do("post", handle="strike", text="We walked out")
    await village.settle()
    await rounds(village)
    assert before == await copy_of(two, one)
    await two.do("mirror freeze", peer=one.node.config.url, again=True)
    await rounds(village)
    assert (await copy_of(two, one)).checkpoint_size > before.checkpoint_size


async def test_sync_pulls_now(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, _ = await three(village)
    with cut_off(two, one, monkeypatch=monkeypatch):
        await one.do("post", handle="strike", text="We walked out")
        done = await two.do("mirror sync", peer=one.node.config.url)
    assert [(1, 1, True)] == [(row["entries"], row["activities"], row["complete"]) for row in rows(done)]  # type: ignore[index,call-overload]
