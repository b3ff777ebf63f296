"""What others wrote, and what organisers paste, cannot harm a reader (HTML-01 to HTML-09)."""

from __future__ import annotations

import contextlib
import time

import pytest

from federation.activitystreams.html import FOREIGN_REL, plain_text, sanitise_foreign, sanitise_own
from federation.errors import Unintelligible
from node.markdown import render
from tests.node.inert import assert_inert
from tests.node.xss_samples import SAMPLES


def as_markdown(text: str) -> str:
    """As an organiser's update."""
    return render(text, mentions={}, tag_url="https://union.example/tags/".__add__, own_host="union.example").html


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_foreign_runs_loads_or_sends(sample: str) -> None:
    assert_inert(sanitise_foreign(sample))
    assert_inert(sanitise_foreign(f"<p>before {sample} after</p>"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_an_organiser_pastes_runs_loads_or_sends(sample: str) -> None:
    assert_inert(sanitise_own(sample))
    assert_inert(as_markdown(sample))


RESTLESS = (
    "<a href='https://evil.example/'>union.example</a>",  # the real host was added once more each time
    "<table><td><a href=x><b><i></b></i>",
    "<a href='https://u.example/'>a<table><td>b<a href='https://u.example/'>c",
    "&#13;a",
    "\ufeff\ufeff\ufeffa",
    "<x></x>\ufeff\ufeffa",
    "<pre>\n\n\n a</pre>",
    "<pre>&#13;&#10;a</pre>",
    f"<a href=https://u.example/{'a' * 4070}>x</a>",
    f"<a href=https://u.example/{'&' * 2000}>x</a>",
)


@pytest.mark.parametrize("sample", [*SAMPLES, *RESTLESS])
def test_cleaning_twice_changes_nothing(sample: str) -> None:
    for clean in (sanitise_foreign, sanitise_own):
        once = clean(sample)
        assert once == clean(once)


@pytest.mark.parametrize("clean", [sanitise_foreign, sanitise_own, plain_text])
def test_half_a_character_is_refused(clean: object) -> None:
    assert callable(clean)
    with pytest.raises(Unintelligible):
        clean("a\udcff")


def test_elements_that_never_stop_overlapping_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.activitystreams.html._MOST_ROUNDS", 1)
    with pytest.raises(Unintelligible, match="overlap"):
        sanitise_foreign("<br><h2></a><em><span></pre><h2></em>")


def test_a_parser_sees_what_the_inertness_check_must_refuse() -> None:
    for harmful in (
        "<script>",
        "<b>",
        "<a href='javascript:x'>",
        "<p onclick=x>",
        "<span class=skip>",
        "<a href=https://a@b/>",
    ):
        with pytest.raises(AssertionError):
            assert_inert(harmful)


def test_a_mastodon_note_keeps_its_shape() -> None:
    note = (
        '<p><span class="h-card" translate="no"><a href="https://m.example/@u" class="u-url mention">@<span>u</span>'
        "</a></span> hi<br />you</p><ul><li>one</li></ul>"
    )
    expected = (
        f'<p><span class="h-card"><a href="https://m.example/@u" class="u-url mention" rel="{FOREIGN_REL}">'
        "@<span>u</span></a></span> hi<br>you</p><ul><li>one</li></ul>"
    )
    assert expected == sanitise_foreign(note)


def test_a_link_keeps_its_address_with_every_parameter() -> None:
    link = "<a href='https://u.example/?a=1&amp;b=%22#c'>x</a>"
    assert f'<a href="https://u.example/?a=1&amp;b=%22#c" rel="{FOREIGN_REL}">x</a>' == sanitise_foreign(link)


def test_a_foreign_link_is_marked_as_nobody_of_ours_recommends_it() -> None:
    link = sanitise_foreign('<a href="https://m.example/" rel="me follow">x</a>')
    assert '<a href="https://m.example/" rel="nofollow noopener noreferrer ugc">x</a>' == link


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        ("https://union.example/letter", True),
        ("union.example", True),
        ("<span>union</span>.example", True),
        ("see UNION.example now", True),
        ("evil.example and union.example", True),
        ("evil.example/letter", False),
        ("www.evil.example", False),
        ("the letter", False),
        ("a." * 400, True),
    ],
)
def test_a_link_whose_text_names_another_host_shows_the_real_one(text: str, is_shown: bool) -> None:
    assert is_shown == ("[evil.example]</a>" in sanitise_foreign(f'<a href="https://evil.example/x">{text}</a>'))


@pytest.mark.parametrize("tag", ["a", "ol", "li", "span", "p", "script", "h1", "td"])
def test_every_attribute_on_any_tag_is_read_without_harm(tag: str) -> None:
    attributes = "href=https://u.example/ class='x mention h-card' rel=me start=3 style=x onclick=alert(1)"
    assert_inert(sanitise_foreign(f"<{tag} {attributes}>x</{tag}>"))


def test_headings_of_others_do_not_outrank_the_page() -> None:
    assert "<h2>a</h2><h4>b</h4>" == sanitise_foreign("<h1>a</h1><h6>b</h6>")


def test_blocks_we_do_not_keep_stay_apart() -> None:
    assert "<p>a</p><p>b</p>" == sanitise_foreign("<div>a</div><div>b</div>")


@pytest.mark.parametrize(
    "monster",
    [
        "<b>" * 50_000,
        "<div>" * 50_000,
        "<blockquote>" * 101,
        "<svg>" * 101,
        "<a href=https://u.example/>" * 101,
        "&" * 50_000,
        "x" * 300_000,
        "<p " + "a " * 200_000 + ">",
    ],
)
@pytest.mark.parametrize("clean", [sanitise_foreign, sanitise_own, plain_text])
def test_a_monster_is_refused(clean: object, monster: str) -> None:
    assert callable(clean)
    with pytest.raises(Unintelligible):
        clean(monster)


@pytest.mark.parametrize(
    "monster",
    [
        "<b>" * 50_000,
        "<b>x</b>" * 50_000,
        "<p " + "a " * 100_000 + ">",
        "".join(f"<font a={number}>" for number in range(99)) + "<p>" * 9_000,
        "<strong><em><code></strong></em></code><p>" * 1_400,
        "<a href=https://u.example/>" + "a." * 120_000 + "</a>",
        "<div><object></div></object>" * 2_000,
        "<span><p>" * 90 + "</p></span>" * 90 + "<span></span>" * 4_000,
        "<" * 9_999,
        "<a href='" * 9_999,
    ],
)
def test_a_monster_costs_little(monster: str) -> None:
    """CPU time, and the bound is generous: the naive way takes seconds, or quadratic memory."""
    began = time.process_time()
    with contextlib.suppress(Unintelligible):
        sanitise_foreign(monster)
    assert time.process_time() - began < 0.5


def test_a_hundred_quotes_deep_is_still_read() -> None:
    assert "<blockquote>" * 100 + "x" in sanitise_foreign("<blockquote>" * 100 + "x" + "</blockquote>" * 100)


def test_plain_text_has_a_line_for_each_paragraph_and_no_markup() -> None:
    html = "<p>One <b>two</b><br>three</p><ul><li>a &lt;b&gt; &amp; c</li></ul><script>x</script>"
    assert "One two\nthree\na <b> & c" == plain_text(html)
