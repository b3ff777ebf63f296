"""What is known of a union's own server: our failures and another mirror's word together, never one of them alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest

from federation.errors import NoAnswer
from federation.mirror.hearing import Word, ask_others, choose, read_word, write_word
from federation.mirror.pace import PACE, SPOKEN_FOR, Hearing
from federation.mirror.source import Source
from federation.proofs.jcs import canonical
from federation.wire import Answer
from storage.ids import Did, LogName
from tests.federation.mirror.peers import NOON, a_peer

UNION = a_peer().did


def ago(**by: float) -> datetime:
    return NOON - timedelta(**by)


@pytest.mark.parametrize(
    ("since", "agreed", "denied", "hearing"),
    [
        (None, None, None, "answering"),
        (ago(minutes=29), None, None, "answering"),
        (ago(minutes=29), ago(minutes=1), None, "answering"),
        (ago(minutes=30), None, None, "unheard"),
        (ago(minutes=30), ago(minutes=1), None, "silent"),
        (ago(minutes=59), None, None, "unheard"),
        (ago(minutes=60), None, None, "alone"),
        (ago(hours=23), None, ago(minutes=59), "unheard"),
        (ago(hours=23), None, ago(minutes=60), "alone"),
        (ago(hours=24), None, NOON, "alone"),
        (ago(days=3), ago(days=2), None, "silent"),
    ],
)
def test_silence_needs_our_own_failures_and_another_s_word(
    since: datetime | None, agreed: datetime | None, denied: datetime | None, hearing: Hearing
) -> None:
    peer = a_peer(silent_since=since, silence_agreed_at=agreed, silence_denied_at=denied)
    assert hearing == PACE.hearing(peer, NOON)


def test_a_union_does_not_go_unheard_because_nobody_can_confirm_its_silence() -> None:
    assert {"alone", "silent"} == SPOKEN_FOR


def test_another_agrees_only_when_it_had_no_answer_for_half_as_long() -> None:
    assert [False, True] == [PACE.agrees(ago(minutes=minutes), NOON) for minutes in (14, 15)]
    assert not PACE.agrees(NOON + timedelta(days=1), NOON)


def test_only_who_asked_lately_and_has_a_pact_tells_others() -> None:
    assert PACE.may_tell(a_peer(poll_at=ago(hours=2)), NOON)
    assert not PACE.may_tell(a_peer(poll_at=ago(hours=2, seconds=1)), NOON)
    assert not PACE.may_tell(a_peer(state="removed"), NOON)


def test_a_word_is_of_our_own_polls_alone() -> None:
    peer = a_peer(heard_at=ago(hours=2), silent_since=ago(hours=1), silence_agreed_at=NOON)
    assert Word(heard_at=ago(hours=2), unheard_since=ago(hours=1)) == read_word(canonical(write_word(peer)), UNION)
    assert Word(heard_at=None, unheard_since=None) == read_word(canonical(write_word(a_peer())), UNION)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"union": "did:key:z6MkOther", "heard_at": null, "unheard_since": null}',
        f'{{"union": "{UNION}", "unheard_since": 5}}'.encode(),
        f'{{"union": "{UNION}", "unheard_since": "yesterday"}}'.encode(),
        f'{{"union": "{UNION}", "heard_at": ["2026-11-22T12:00:00Z"]}}'.encode(),
    ],
)
def test_what_is_no_word_about_this_union_is_none(raw: bytes) -> None:
    assert read_word(raw, UNION) is None


@dataclass(frozen=True)
class SaidWire:
    """A mirror that says this; None when it does not answer."""

    status: int = 200
    body: bytes | None = b""

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        assert (f"https://mirror.example/log/{UNION}/1/home", 1024, None) == (url, cap, seconds)
        if self.body is None:
            raise NoAnswer("It accepts no connection.")
        return Answer(status=self.status, url=url, content_type="application/json", body=self.body)

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        raise AssertionError("nothing is posted")


def saying(since: datetime | None, heard: datetime | None = NOON) -> SaidWire:
    return SaidWire(body=canonical(write_word(a_peer(heard_at=heard, silent_since=since))))


SAYS_NOTHING = (SaidWire(status=404), SaidWire(status=500), SaidWire(body=None), SaidWire(), saying(None, None))
HEARS, HEARS_NOT, HEARD_JUST_NOW = saying(None), saying(ago(hours=1)), saying(ago(minutes=3))
HEARD_BEFORE = saying(None, ago(minutes=31))


@pytest.mark.parametrize(
    ("mirrors", "agreed"),
    [
        ((), None),
        (SAYS_NOTHING[:4], None),
        (SAYS_NOTHING[4:], None),
        ((HEARD_JUST_NOW,), None),
        ((HEARD_BEFORE,), None),
        ((HEARS,), False),
        ((HEARD_JUST_NOW, HEARS), False),
        ((HEARS_NOT,), True),
        ((SAYS_NOTHING[2], HEARS, HEARS_NOT), True),
    ],
)
async def test_one_that_hears_nothing_either_confirms_it_whatever_others_say(
    mirrors: tuple[SaidWire, ...], agreed: bool | None
) -> None:
    asked = [source(wire) for wire in mirrors]
    assert agreed is await ask_others(
        UNION, asked, turn=0, since=ago(minutes=30), agrees=partial(PACE.agrees, now=NOON)
    )


def source(wire: SaidWire, home: str = "https://mirror.example", union: Did = UNION) -> Source:
    return Source(wire=wire, home=home, log=LogName(f"{union}/1"))


def test_at_each_poll_four_others_are_asked_in_turn() -> None:
    mirrors = [source(SaidWire(), str(number)) for number in range(6)]
    turns = [[one.home for one in choose(mirrors, turn)] for turn in range(3)]
    assert [["0", "1", "2", "3"], ["4", "5", "0", "1"], ["2", "3", "4", "5"]] == turns
    assert mirrors[:2] == choose(mirrors[:2], 7)
    assert [] == choose([], 7)
