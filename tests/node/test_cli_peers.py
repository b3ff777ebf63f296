"""`peer` as people and scripts use it, while the node does not run."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from federation.errors import CharterConflict
from federation.identity import fingerprint
from federation.identity.charter import charter_digest, read_charter
from federation.mirror.charters import admit_charter
from federation.strictjson import JsonValue
from node.cli.mirrors import held_words
from node.cli.peers import compared_words
from storage.backends import open_store
from storage.records import Peer
from tests.federation.mirror.charters import NOON, UnionOf
from tests.federation.mirror.peers import a_peer
from tests.node.shell import URL, Shell

HARBOUR = UnionOf(2, "Harbour")
HOME = "https://harbour.example"
HELD: dict[str, JsonValue] = {
    "url": HOME,
    "size": 3,
    "pending": 3,
    "complete": True,
    "media_missing": 0,
    "since": "2026-11-22T10:30:15Z",
    "state": "following",
    "wire": {"said": 2, "most": 50},
}
FIRST, RIVAL = HARBOUR.charter(HOME), HARBOUR.charter(HOME, name="Harbour again")


def keep(shell: Shell, *charters: bytes, **changes: Any) -> Peer:
    """Put a peer and its charters into the store of the home."""
    peer = a_peer(did=HARBOUR.did, url=HOME, **changes)

    async def fill() -> None:
        store = await open_store(f"sqlite:///{shell.home}/picketline.db")
        await store.add_peer(peer)
        for raw in charters:
            try:
                await admit_charter(store, read_charter(raw), raw, home=HOME, at=NOON)
            except CharterConflict:
                continue
        await store.close()

    asyncio.run(fill())
    return peer


def test_without_peers_the_list_says_how_to_ask_one(shell: Shell) -> None:
    assert "picketline peer add URL" in shell.run("peer", "list").stdout
    assert [] == shell.json("peer", "list")


def test_the_list_gives_the_document_that_scripts_rely_on(shell: Shell) -> None:
    keep(shell, FIRST)
    (row,) = shell.json("peer", "list")
    expected = {"url": HOME, "union": HARBOUR.did, "fingerprint": fingerprint.words(HARBOUR.did), "state": "mutual"}
    assert expected.items() <= row.items()
    assert (1, [], []) == (row["epoch"], row["charters"], row["alarms"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "mutual"}, "peer"),
        ({"state": "mutual", "confirmed_at": None}, "peer, unconfirmed"),
        ({"state": "mutual", "is_unlisted": True}, "peer, unlisted"),
        ({"state": "waiting"}, "asks us"),
        ({"state": "asked"}, "asked by us"),
        ({"state": "removed"}, "ended; what is held stays"),
    ],
)
def test_the_list_says_in_words_where_a_pact_stands(shell: Shell, changes: dict[str, Any], says: str) -> None:
    keep(shell, FIRST, **changes)
    cells = [cell.strip() for cell in shell.run("peer", "list").stdout.splitlines()[0].split("  ") if cell.strip()]
    assert [HOME, "Harbour", says, fingerprint.words(HARBOUR.did)] == cells


@pytest.mark.parametrize(
    ("state", "says"), [("asked", "asked by us"), ("waiting", "asks us"), ("removed", "ended; what is held stays")]
)
def test_the_status_calls_no_copy_complete_without_a_pact(state: str, says: str) -> None:
    assert (HOME, "3 entries", "", "", "", says) == held_words(HELD | {"pact": state})


def test_the_status_says_what_was_passed_on_of_a_peer() -> None:
    (url, entries, _, answers, passed_on, state) = held_words(HELD | {"pact": "mutual"})
    assert (HOME, "3 entries, complete", "passed on today: 2 of 50", "following") == (url, entries, passed_on, state)
    assert "answered at 2026-11-22T10:30:15Z" == answers


@pytest.mark.parametrize("state", ["asked", "waiting"])
def test_whoever_compares_words_is_told_what_to_do_when_they_differ(state: str) -> None:
    theirs: dict[str, JsonValue] = {
        "url": HOME,
        "name": "Harbour",
        "fingerprint": "one",
        "digits": "1",
        "state": state,
        "alarms": [],
    }
    said = compared_words({**theirs, "they_asked": state == "waiting", "ours": {"url": URL}, "confirmed_at": None})
    assert f"If one word differs, it is somebody else: picketline peer remove {HOME}, and tell them." in said


def test_a_node_that_asks_is_refused_by_removing_it(shell: Shell) -> None:
    keep(shell, FIRST, state="waiting")
    assert "No longer a peer: Harbour" in shell.run("peer", "remove", HOME).stdout
    assert ["removed"] == [row["state"] for row in shell.json("peer", "list")]


def test_a_conflict_is_shown_until_somebody_chooses(shell: Shell) -> None:
    keep(shell, FIRST, RIVAL)
    said = shell.run("peer", "list").stdout
    assert "ALARM" in said
    assert all(charter_digest(raw) in said for raw in (FIRST, RIVAL))
    assert "is none of them" in shell.refused("peer", "resolve", HOME, "--charter", "zQmNothing")
    assert [] == shell.json("peer", "resolve", HOME, "--charter", charter_digest(RIVAL))["alarms"]
    assert "ALARM" not in shell.run("peer", "list").stdout


def test_ending_a_pact_keeps_what_is_held_and_forgetting_drops_it(shell: Shell) -> None:
    keep(shell, FIRST)
    assert "What is held of it stays." in shell.run("peer", "remove", "harbour.example").stdout
    assert "--forget" in shell.refused("peer", "remove", HOME)
    said = shell.run("peer", "remove", f"{HOME}/", "--forget").stdout
    assert "Forgotten: 0 entries (0.0 MiB) and 0 media files (0.0 MiB)." in said
    assert [] == shell.json("peer", "list")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", URL), "is this node itself"),
        (("add", f"{URL}/@union"), "Give its address alone"),
        (("add", "ftp://union.example"), "cannot be a peer's address"),
        (("accept", HOME), "nor any other"),
        (("remove", HOME), "nor any other"),
        (("resolve", HOME, "--charter", "zQm"), "nor any other"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(shell: Shell, words: tuple[str, ...], says: str) -> None:
    assert says in shell.refused("peer", *words)


def test_a_node_that_does_not_answer_is_named(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        said = shell.refused("peer", "add", url)
    assert f"{url} cannot be reached now" in said
    assert "try again later" in said


def test_choosing_needs_a_charter(shell: Shell) -> None:
    assert 2 == shell.run("peer", "resolve", HOME).exit_code
