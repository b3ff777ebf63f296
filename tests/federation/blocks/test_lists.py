"""Lists of blocks as Mastodon writes them, and as people mend them by hand."""

from __future__ import annotations

import csv
import io

import pytest

from federation.blocks.lists import Passed, Row, as_rows, read_list, read_rows, write_actors, write_hosts
from federation.blocks.targets import Target
from storage.records import Block
from tests.storage.making import NOON

ADMINS = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"


def read(text: str) -> list[tuple[int, str, str]]:
    """Line, what it is about, and why or the reason."""
    return [
        (one.line, one.target.name, one.reason) if isinstance(one, Row) else (one.line, one.why, "")
        for one in read_list(io.StringIO(text, newline=""))
    ]


def test_a_users_domains_stand_one_a_line() -> None:
    assert [(1, "a.example", ""), (3, "b.example", "")] == read("a.example\n\nb.example")


@pytest.mark.parametrize("header", ["", "Account address\n", "\ufeffAccount address,Hide\r\n"])
def test_blocked_accounts_stand_one_a_line_with_a_header_or_without(header: str) -> None:
    found = read(f"{header}eve@mal.example,false\r\n@Mal@b.example\r\n")
    assert ["eve@mal.example", "mal@b.example"] == [name for _, name, _ in found]


def test_of_an_admins_list_only_suspended_domains_are_blocks() -> None:
    lines = "a.example,suspend,true,true,spam,false\nb.example,silence,,,,\nc.example,noop\nd.example,SUSPEND\n"
    expected = [(2, "a.example", "spam"), (3, "milder", ""), (4, "milder", ""), (5, "d.example", "")]
    assert expected == read(ADMINS + lines + "e.example,explode\n")[:4]
    assert [(6, "unreadable", "")] == read(ADMINS + lines + "e.example,explode\n")[4:]


def test_columns_are_found_by_their_names_in_any_order() -> None:
    assert [(2, "a.example", "why")] == read("domain,public_comment,severity\na.example,why,suspend\n")


def test_a_byte_order_mark_crlf_quotes_and_remarks_do_no_harm() -> None:
    text = '\ufeff"#domain","#severity","#public_comment"\r\n"a.example","suspend","they said ""no"", twice"\r\n#-\r\n'
    assert [(2, "a.example", 'they said "no", twice'), (3, "comment", "")] == read(text)


def test_a_comment_may_go_over_lines() -> None:
    assert [(2, "a.example", "one\ntwo"), (4, "b.example", "")] == read(
        f'{ADMINS}a.example,suspend,,,"one\ntwo",\nb.example,suspend\n'
    )


def test_a_quote_that_nobody_closes_costs_its_own_line_only() -> None:
    rest = "".join(f"h{number}.example\n" for number in range(50))
    found = read(f'"broken.example\n{rest}')
    assert (1, "unreadable", "") == found[0]
    assert [f"h{number}.example" for number in range(50)] == [name for _, name, _ in found[1:]]


def test_obfuscated_names_single_words_and_noise_are_told_by_line() -> None:
    assert [(1, "unreadable", ""), (2, "unreadable", ""), (3, "unreadable", ""), (4, "ok.example", "")] == read(
        "x*x.example\ncom\n\ufffd\nok.example\n"
    )


def test_each_unreadable_line_says_why() -> None:
    words = [one.words for one in read_list(["x*x.example\n", "com\n"]) if isinstance(one, Passed)]
    assert ["stars" in words[0], "top-level" in words[1]] == [True, True]


def a_block(target: str, kind: str, reason: str = "") -> Block:
    return Block(target=target, kind=kind, reason=reason, blocked_at=NOON)  # type: ignore[arg-type]


BLOCKS = [
    a_block("mal.example", "host", '=HYPERLINK("x"), [spam]\n{more}'),
    a_block("b.example", "host", "'quoted"),
    a_block("=cmd@mal.example", "address"),
    a_block("+1@mal.example", "address"),
    a_block("https://mal.example/users/eve", "actor"),
]


def test_what_is_written_is_read_again_and_no_cell_is_a_formula() -> None:
    for write, kinds in ((write_hosts, {"host"}), (write_actors, {"address", "actor"})):
        out = io.StringIO(newline="")
        rows = list(write(BLOCKS))
        csv.writer(out).writerows(rows)
        assert [] == [cell for row in rows[1:] for cell in row if cell.startswith(("=", "+", "-", "@"))]
        found = [one for one in read_list(io.StringIO(out.getvalue(), newline="")) if isinstance(one, Row)]
        expected = [(b.target, b.reason) for b in BLOCKS if b.kind in kinds]
        assert expected == [(one.target.name, one.reason) for one in found]


def test_a_part_of_a_list_travels_as_one_text_without_brackets() -> None:
    rows = [Row(7, Target("host", "mal.example"), "[a]\n{b}\tc,%41"), Row(8, Target("host", "b.example"), "")]
    text = as_rows(rows)
    assert set("[{") & set(text) == set()
    assert [("mal.example", "[a]\n{b}\tc,%41"), ("b.example", "")] == read_rows(text)
