"""What anybody could make us keep or ask for at somebody else's cost: each ends at a bound."""

from __future__ import annotations

import pytest

from tests.adversary.stage import Stage, all_rows
from tests.adversary.test_signatures import forger
from tests.federation.mirror.charters import UnionOf
from tests.stories.feigned import Feigned
from tests.stories.strangers import open_stranger

UNION = UnionOf(2, "Harbour")
LEARNT = ("received", "remote_actors", "remote_keys", "remote_tombstones")


async def test_dos_17_who_only_names_a_key_leaves_no_row_and_costs_its_host_one_fetch(stage: Stage) -> None:
    """Real keys, of which there are millions, under signatures that nobody made with them."""
    stage.mal.actor("known")
    wrong = forger(stage, sign=lambda _message: b"x" * 256)
    await stage.refused(*[wrong.cavage(stage.follow()) for _ in range(20)], fetched=1)


async def test_dos_17_deletions_of_what_we_never_had_are_remembered_within_bounds(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    absences = stage.us.workers.inbox._reception.absences
    monkeypatch.setattr(absences._hosts, "_slack", 2 * absences._hosts._every)  # three
    gone = [stage.mal.activity("Delete", f"{stage.mal.base}/notes/{number}") for number in range(9)]
    answers = await stage.without_effect(*gone, who=stage.mal, learnt=LEARNT)
    assert [202] * 9 == answers
    assert 3 == len((await all_rows(stage.store))["remote_tombstones"])


async def test_dos_15_who_repeats_what_somebody_signed_uses_up_nothing_of_theirs(stage: Stage) -> None:
    clock = stage.scene.village.clock
    heard = stage.mal.signed(stage.inbox, stage.follow(), clock())
    assert {202} == {await stage.post(heard) for _ in range(150)}
    assert 202 == await stage.post(stage.mal.signed(stage.inbox, stage.follow(), clock()))


async def test_ssrf_17_a_strangers_charter_makes_us_ask_a_third_party_twice_and_no_more(stage: Stage) -> None:
    async with open_stranger(7) as victim:
        home = Feigned(stage.mal.site, stage.mal.key)
        home.live_in(UNION, UNION.charter(home.base, victim.base))
        for _ in range(8):
            await home.say(stage.us, home.ask(stage.us), stage.scene.village.clock())
            await stage.scene.village.settle()
            stage.scene.village.clock.move(seconds=20)
        assert {f"/log/{UNION.did}/charter": 2} == victim.site.fetches


async def test_ssrf_17_a_redirect_of_a_charter_leads_to_no_third_party(stage: Stage) -> None:
    async with open_stranger(7) as victim:
        home = Feigned(stage.mal.site, stage.mal.key)
        home.live_in(UNION)
        path = f"/log/{UNION.did}/charter"
        home.site.answer(path, status=302, Location=f"{victim.base}{path}")
        await home.say(stage.us, home.ask(stage.us), stage.scene.village.clock())
        await stage.scene.village.settle()
        assert {} == victim.site.fetches
