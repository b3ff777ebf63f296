"""What strangers can make us ask of third parties, and remember for them (refusals rule 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from federation.budgets import Absences, NamedHomes
from federation.errors import TooMany
from storage.ids import ActorId, Host

START = datetime(2026, 11, 3, tzinfo=UTC)
MAL, VICTIM = Host("mal.test"), Host("victim.test")


def named(budget: NamedHomes, homes: list[Host], at: datetime, by: Host = MAL) -> bool:
    try:
        budget.spend(homes, at, by=by)
    except TooMany:
        return False
    return True


def test_a_home_is_asked_twice_in_five_minutes_whoever_names_it() -> None:
    budget = NamedHomes()
    assert 2 == sum(named(budget, [VICTIM], START, Host(f"{number}.mal.test")) for number in range(50))
    assert 1 == sum(named(budget, [VICTIM], START + timedelta(minutes=5), Host(f"{n}.mal.test")) for n in range(50, 99))


def test_one_charter_may_name_fifteen_and_no_further_one_at_once() -> None:
    budget = NamedHomes()
    homes = [Host(f"{number}.victim.test") for number in range(16)]
    assert named(budget, homes[:15], START)
    assert not named(budget, homes[15:], START)
    assert named(budget, homes[15:], START, Host("other.test"))


def test_all_who_name_homes_are_bounded_together() -> None:
    budget = NamedHomes()
    asked = [
        named(budget, [Host(f"{number}.victim.test")], START, Host(f"{number}.mal.test")) for number in range(1000)
    ]
    assert 60 == sum(asked)


def test_who_names_too_many_is_told_when_to_come_again() -> None:
    budget = NamedHomes()
    with pytest.raises(TooMany) as refusal:
        budget.spend([VICTIM] * 3, START, by=MAL)
    assert 300 == refusal.value.retry_after


def remembered(absences: Absences, actors: list[str], at: datetime = START) -> int:
    return sum(absences.may_remember(ActorId(actor), at) for actor in actors)


def test_a_host_may_delete_a_thousand_notes_that_we_never_had_and_then_few() -> None:
    absences = Absences()
    actors = [f"https://mal.test/{number}" for number in range(3000)]
    assert 1000 == remembered(absences, actors)
    assert 1 == remembered(absences, actors, START + timedelta(minutes=5))
    assert 1 == remembered(absences, ["https://peer.test/anna"])


def test_all_hosts_together_are_bounded_too() -> None:
    absences = Absences()
    assert 10_000 == remembered(absences, [f"https://{number}.mal.test/eve" for number in range(12_000)])
