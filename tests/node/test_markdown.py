"""What an organiser writes, and what others wrote, on its way to a page."""

from __future__ import annotations

import contextlib
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.activitystreams.html import FOREIGN_REL, OUTWARD_REL, plain_text, sanitise_foreign, sanitise_own
from federation.errors import Unintelligible
from node.markdown import Mention, Rendered, find_mentions, render, sanitise
from storage.ids import ActorId
from tests.node.xss_samples import SAMPLES

KIM = Mention(id=ActorId("https://mastodon.example/users/kim"), url="https://mastodon.example/@kim")
LOOPBACK = Mention(id=ActorId("http://127.0.0.1:8021/actors/koreno"), url="http://127.0.0.1:8021/@koreno")
PEOPLE = {"kim@mastodon.example": KIM, "koreno@127.0.0.1:8021": LOOPBACK}


def rendered(text: str) -> Rendered:
    """As an update of union.example."""
    return render(
        text, mentions=PEOPLE, tag_url=lambda tag: f"https://union.example/tags/{tag}", own_host="union.example"
    )


class Found(HTMLParser):
    """Every tag and attribute a parser sees."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


ALLOWED = frozenset(
    ["p", "br", "a", "ul", "ol", "li", "strong", "em", "del", "code", "pre", "blockquote", "h2", "h3", "h4", "span"]
)
ALLOWED_CLASSES = frozenset(["mention", "hashtag", "u-url", "h-card"])


def assert_inert(html: str) -> None:
    found = Found(html)
    assert set() == set(found.tags) - ALLOWED
    for tag, name, value in found.attributes:
        assert (tag, name) in {("a", "href"), ("a", "rel"), ("a", "class"), ("span", "class"), ("ol", "start")}
        assert name != "href" or value.startswith(("https://", "http://", "mailto:"))
        assert name != "href" or not set(value) & set(' \t\r\n\\"<>')
        assert name != "href" or "@" not in value.partition("://")[2].partition("/")[0]
        assert name != "class" or not set(value.split()) - ALLOWED_CLASSES
        assert name != "start" or value.isdigit()


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_foreign_runs_loads_or_sends(sample: str) -> None:
    assert_inert(sanitise_foreign(sample))
    assert_inert(sanitise_foreign(f"<p>before {sample} after</p>"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_an_organiser_pastes_runs_loads_or_sends(sample: str) -> None:
    assert_inert(sanitise_own(sample))
    assert_inert(rendered(sample).html)


@pytest.mark.parametrize("sample", SAMPLES)
def test_cleaning_twice_changes_nothing(sample: str) -> None:
    once = sanitise_foreign(sample)
    assert once == sanitise_foreign(once)


SOUP = st.sampled_from(
    [
        "<",
        "</",
        ">",
        "/",
        " ",
        "=",
        '"',
        "'",
        "&",
        "#",
        "a",
        "ol",
        "span",
        "p",
        "script",
        "svg",
        "style",
        "href",
        "class",
    ]
    + [
        "start",
        "rel",
        "onclick",
        "javascript:",
        "https://u.example/",
        "mention",
        "<!--",
        "-->",
        "\n",
        "\0",
        "é",
        "@a@b.c",
    ]
    + ["[", "](", ")", "#t", "`", "*", "![", *SAMPLES]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SOUP, max_size=40).map("".join))
def test_whatever_is_thrown_together_stays_inert(soup: str) -> None:
    for clean in (sanitise_foreign, sanitise_own, lambda text: rendered(text).html):
        with contextlib.suppress(Unintelligible):
            assert_inert(clean(soup))


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


def test_the_node_and_the_federation_clean_alike() -> None:
    assert sanitise("<b>x</b><img src=x>") == sanitise_foreign("<b>x</b><img src=x>")


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


def test_enter_breaks_the_line() -> None:
    assert "<p>one<br>\ntwo</p>" == rendered("one\ntwo").html


def test_markdown_becomes_simple_html() -> None:
    text = "# Strike\n\n**all** *of* ~~us~~ `now`\n\n> quoted\n\n3. three\n4. four"
    expected = (
        "<h2>Strike</h2>\n<p><strong>all</strong> <em>of</em> <del>us</del> <code>now</code></p>\n"
        '<blockquote>\n<p>quoted</p>\n</blockquote>\n<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>'
    )
    assert expected == rendered(text).html


def test_html_in_markdown_is_shown_as_written() -> None:
    assert "<p>&lt;b&gt;x&lt;/b&gt; &lt;script&gt;</p>" == rendered("<b>x</b> <script>").html


def test_a_hashtag_links_to_its_page() -> None:
    tag = '<a href="https://union.example/tags/lunchhour" class="mention hashtag" rel="tag">#<span>LunchHour</span></a>'
    assert f"<p>{tag}</p>" == rendered("#LunchHour").html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#파업 and #안전한_작업장", ("파업", "안전한_작업장")),
        ("#हिन्दी", ("हिन्दी",)),
        ("#Straße, #ÉTÉ!", ("straße", "été")),
        ("#\u1111\u1161\u110b\u1165\u11b8", ("파업",)),
        ("(#one) **#two** #three. #ONE", ("one", "two", "three")),
        ("#1may #2026", ("1may",)),
        ("#123 #_ # x#y ##z &#35; #", ()),
        ("`#code` \\#escaped", ()),
        ("```\n#fenced\n```", ()),
        ("https://a.example/#fragment <https://a.example/#other>", ()),
        ("[#text](https://a.example/#x)", ()),
        ("![#picture](https://a.example/x.png)", ()),
        ("#" + "a" * 101, ()),
    ],
)
def test_hashtags_are_found_where_people_mean_them(text: str, expected: tuple[str, ...]) -> None:
    assert expected == rendered(text).tags


def test_a_mention_links_to_the_page_of_whom_it_means() -> None:
    html = (
        f'<span class="h-card"><a href="https://mastodon.example/@kim" class="u-url mention" rel="{OUTWARD_REL}">'
        "@<span>kim</span></a></span>"
    )
    result = rendered("Ask @kim@Mastodon.example.")
    assert (f"<p>Ask {html}.</p>", ("kim@mastodon.example",)) == (result.html, result.mentions)


def test_a_mention_nobody_resolved_stays_plain_text() -> None:
    result = rendered("Ask @lee@gone.org now")
    assert ("<p>Ask @lee@gone.org now</p>", ()) == (result.html, result.mentions)


def test_a_mention_may_carry_a_port() -> None:
    assert ("koreno@127.0.0.1:8021",) == rendered("@koreno@127.0.0.1:8021").mentions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "@kim@mastodon.example, (@lee@Peer.Example) @kim@mastodon.example",
            ("kim@mastodon.example", "lee@peer.example"),
        ),
        ("**@kim@mastodon.example**", ("kim@mastodon.example",)),
        ("@a.b@münchen.example:", ("a.b@münchen.example",)),
        ("`@kim@mastodon.example` \\@kim@mastodon.example", ()),
        ("```\n@kim@mastodon.example\n```", ()),
        ("[@kim@mastodon.example](https://a.example)", ()),
        ("https://a.example/@kim@mastodon.example", ()),
        ("mail kim@mastodon.example or @kim", ()),
        ("x@kim@mastodon.example @a@b@c", ()),
    ],
)
def test_mentions_are_found_where_people_mean_them(text: str, expected: tuple[str, ...]) -> None:
    assert expected == find_mentions(text)


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("koreno.org/sign", "https://koreno.org/sign"),
        ("http://koreno.org", "http://koreno.org"),
        ("[x](https://koreno.org/)", "https://koreno.org/"),
        ("union@koreno.org", "mailto:union@koreno.org"),
    ],
)
def test_links_are_made(text: str, href: str) -> None:
    assert f'<a href="{href}"' in rendered(text).html


def test_only_links_to_other_hosts_are_marked_outward() -> None:
    assert f'<a href="https://a.example/" rel="{OUTWARD_REL}">x</a>' in rendered("[x](https://a.example/)").html
    assert '<a href="https://union.example/p">x</a>' in rendered("[x](https://union.example/p)").html


@pytest.mark.parametrize("target", ["/about", "//a.example", "ftp://a.example", "#top", "tel:112"])
def test_a_link_that_leads_nowhere_from_another_server_is_only_its_text(target: str) -> None:
    assert "<p>see here now</p>" == rendered(f"see [here]({target}) now").html


def test_a_picture_becomes_a_link_by_its_description() -> None:
    expected = f'<p><a href="https://a.example/x.png" rel="{OUTWARD_REL}">The gate</a></p>'
    assert expected == rendered("![The gate](https://a.example/x.png)").html


def test_a_picture_in_a_link_or_from_nowhere_is_only_its_description() -> None:
    linked = rendered("[![The gate](https://a.example/x.png)](https://b.example/)").html
    assert f'<p><a href="https://b.example/" rel="{OUTWARD_REL}">The gate</a></p>' == linked
    assert "<p>The gate</p>" == rendered("![The gate](x.png)").html


def test_a_tag_page_cannot_break_out_of_its_link() -> None:
    html = render(
        "#a", mentions={}, tag_url=lambda tag: f'https://u.example/"><script>{tag}', own_host="u.example"
    ).html
    assert_inert(html)
