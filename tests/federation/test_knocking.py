"""Double knocking: what is sent, how often, and which answer counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from federation.errors import NoAnswer
from federation.httpsig.wishes import OUR_WISH, PLAIN, Wish
from federation.knocking import knock
from federation.schemes import SchemeTable
from storage.backends import open_store
from storage.ids import Host
from storage.records import Scheme
from tests.federation.people import Clock

PEER = Host("peer.example")
CHALLENGE = 'sig1=("@method" "@authority");created;nonce="n1"'
MORE = Wish(components=("@authority",), texts=(("nonce", "n1"),))


@dataclass(frozen=True)
class Said:
    status: int
    accept_signature: str | None = None


@dataclass
class Door:
    """Answers by scheme, and notes how it was knocked at."""

    cavage: Said | Exception = Said(202)
    rfc9421: Said | Exception = Said(202)
    more: Said | None = None
    """The answer where more was signed than we always sign."""
    knocks: list[tuple[Scheme, Wish]] = field(default_factory=list)

    async def send(self, scheme: Scheme, wish: Wish) -> Said:
        self.knocks.append((scheme, wish))
        answer = self.more if wish.is_more and self.more else (self.cavage if scheme == "cavage" else self.rfc9421)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def heard(self) -> list[Scheme]:
        return [scheme for scheme, _ in self.knocks]


@pytest.fixture
async def schemes(tmp_path: Path) -> AsyncIterator[SchemeTable]:
    store = await open_store(f"sqlite:///{tmp_path}/schemes.db")
    yield SchemeTable(store, now=Clock())
    await store.close()


async def test_a_host_that_takes_the_first_is_knocked_at_once(schemes: SchemeTable) -> None:
    door = Door()
    assert await knock(PEER, door.send, schemes=schemes) == Said(202)
    assert door.heard == ["cavage"]


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_host_is_tried_otherwise_at_once_and_remembered(schemes: SchemeTable, status: int) -> None:
    door = Door(cavage=Said(status))
    assert await knock(PEER, door.send, schemes=schemes) == Said(202)
    assert await knock(PEER, door.send, schemes=schemes) == Said(202)
    assert door.heard == ["cavage", "rfc9421", "rfc9421"]


async def test_a_host_that_goes_back_to_the_old_scheme_is_followed(schemes: SchemeTable) -> None:
    await schemes.heard(PEER, "rfc9421")
    door = Door(rfc9421=Said(401))
    await knock(PEER, door.send, schemes=schemes)
    await knock(PEER, door.send, schemes=schemes)
    assert door.heard == ["rfc9421", "cavage", "cavage"]


async def test_a_host_that_refuses_both_is_not_knocked_at_twice_again(schemes: SchemeTable) -> None:
    door = Door(cavage=Said(401), rfc9421=Said(403))
    assert await knock(PEER, door.send, schemes=schemes) == Said(403)
    assert await knock(PEER, door.send, schemes=schemes) == Said(401)
    assert door.heard == ["cavage", "rfc9421", "cavage"]
    assert len(schemes) == 0


@pytest.mark.parametrize("status", [202, 404, 410, 429, 500])
async def test_any_other_answer_is_taken_as_it_is(schemes: SchemeTable, status: int) -> None:
    door = Door(cavage=Said(status))
    assert await knock(PEER, door.send, schemes=schemes) == Said(status)
    assert door.heard == ["cavage"]


@pytest.mark.parametrize(
    ("first", "second", "counts"), [(401, 400, 401), (400, 403, 403), (400, 400, 400), (401, 404, 404)]
)
async def test_of_two_refusals_the_one_that_leaves_hope_counts(
    schemes: SchemeTable, first: int, second: int, counts: int
) -> None:
    door = Door(cavage=Said(first), rfc9421=Said(second))
    assert await knock(PEER, door.send, schemes=schemes) == Said(counts)


async def test_an_answer_that_proves_nothing_is_not_remembered(schemes: SchemeTable) -> None:
    door = Door(cavage=Said(401), rfc9421=Said(404))
    await knock(PEER, door.send, schemes=schemes)
    assert await schemes.first(PEER) == "cavage"


async def test_silence_at_the_second_knock_is_silence(schemes: SchemeTable) -> None:
    door = Door(cavage=Said(401), rfc9421=NoAnswer("peer.example broke off."))
    with pytest.raises(NoAnswer):
        await knock(PEER, door.send, schemes=schemes)


async def test_a_host_that_asks_in_passing_is_signed_to_so_from_then_on(schemes: SchemeTable) -> None:
    door = Door(cavage=Said(202, OUR_WISH))
    await knock(PEER, door.send, schemes=schemes)
    await knock(PEER, door.send, schemes=schemes)
    assert door.heard == ["cavage", "rfc9421"]


async def test_a_wish_we_cannot_grant_changes_nothing(schemes: SchemeTable) -> None:
    door = Door(cavage=Said(202, 'sig1=("x-secret");created'))
    await knock(PEER, door.send, schemes=schemes)
    assert await schemes.first(PEER) == "cavage"


async def test_a_refusal_that_asks_for_more_is_given_it(schemes: SchemeTable) -> None:
    door = Door(cavage=Said(401, CHALLENGE), rfc9421=Said(401, CHALLENGE), more=Said(202))
    assert await knock(PEER, door.send, schemes=schemes) == Said(202)
    assert await knock(PEER, door.send, schemes=schemes) == Said(202)
    assert door.knocks == [("cavage", PLAIN), ("rfc9421", MORE), ("rfc9421", PLAIN), ("rfc9421", MORE)]
