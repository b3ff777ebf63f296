"""What `POST /log/add-checkpoint` answers to heads that are old, unproved, forged, too large or too many."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.mirror.receive import Submission, write_submission
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.tlog.merkle import EMPTY_ROOT
from tests.stories.mirroring import copy_of, head, submit, three_at_work
from tests.village import Village, Villager


@pytest.fixture
async def villagers(village: Village) -> tuple[Villager, Villager, Villager]:
    return await three_at_work(village)


async def test_a_submission_is_answered_as_witnesses_do(
    villagers: tuple[Villager, Villager, Villager],
) -> None:
    one, two, _ = villagers
    kept = await copy_of(two, one)
    size, note = kept.pending_size, kept.pending or b""
    stranger = Ed25519PrivateKey.generate()
    elsewhere = sign_checkpoint(Checkpoint("did:key:z6Mkother/1", 1, bytes(32)), key=stranger)
    unproved = (422, b"Unprocessable Entity\n")
    cases: list[tuple[bytes, tuple[int, bytes]]] = [
        (write_submission(Submission(size, (), note)), (200, b"")),
        (write_submission(Submission(0, (), note)), (409, f"{size}\n".encode())),
        (write_submission(Submission(size + 1, (), note)), (400, b"Bad request")),
        (write_submission(Submission(1, (), elsewhere)), (404, b"Not Found\n")),
        (write_submission(Submission(size, (), head(one, size, bytes(32), key=stranger))), (403, b"Forbidden\n")),
        (write_submission(Submission(size, (bytes(32),), head(one, size + 1, bytes(32)))), unproved),
        (write_submission(Submission(size, (bytes(32),), note)), unproved),
        (write_submission(Submission(0, (), head(one, 0, bytes(32)))), unproved),
        (b"old 1\n", (400, b"Bad request")),
        (b"old 01\n\n" + note, (400, b"Bad request")),
        (b"old 1\nnot base64\n\n" + note, (400, b"Bad request")),
        (b"", (400, b"Bad request")),
        (b"\xff\x00" * 40, (400, b"Bad request")),
    ]
    for raw, expected in cases:
        assert expected == (await submit(two, raw))[:2]
    assert "text/x.tlog.size" == (await submit(two, cases[1][0]))[2]
    assert kept == await copy_of(two, one)


async def test_a_submission_that_is_too_large_is_not_read(villagers: tuple[Villager, Villager, Villager]) -> None:
    assert 413 == (await submit(villagers[1], b"x" * 40_000))[0]


async def test_an_older_head_than_the_pending_one_never_takes_its_place(
    villagers: tuple[Villager, Villager, Villager],
) -> None:
    one, two, _ = villagers
    kept = await copy_of(two, one)
    older = head(one, 0, EMPTY_ROOT)
    assert (409, f"{kept.pending_size}\n".encode()) == (await submit(two, write_submission(Submission(0, (), older))))[
        :2
    ]
    assert 400 == (await submit(two, write_submission(Submission(kept.pending_size, (), older))))[0]


async def test_a_flood_of_heads_meets_a_budget_before_any_signature(
    villagers: tuple[Villager, Villager, Villager], village: Village
) -> None:
    one, two, _ = villagers
    raw = write_submission(Submission(0, (), head(one, 1, bytes(32))))
    answers = [(await submit(two, raw))[0] for _ in range(80)]
    assert {409, 429} == set(answers)
    assert 429 == answers[-1]
    village.clock.move(seconds=60)
    assert 409 == (await submit(two, raw))[0]
