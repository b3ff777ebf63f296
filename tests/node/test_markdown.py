"""What an organiser writes, on its way to a page."""

from __future__ import annotations

import pytest

from federation.activitystreams.html import OUTWARD_REL
from node.markdown import Mention, Rendered, find_mentions, render
from storage.ids import ActorId
from tests.node.inert import assert_inert

KIM = Mention(id=ActorId("https://mastodon.example/users/kim"), url="https://mastodon.example/@kim")
LOOPBACK = Mention(id=ActorId("http://127.0.0.1:8021/actors/koreno"), url="http://127.0.0.1:8021/@koreno")
PEOPLE = {"kim@mastodon.example": KIM, "koreno@127.0.0.1:8021": LOOPBACK}


def rendered(text: str) -> Rendered:
    """As an update of union.example."""
    return render(
        text, mentions=PEOPLE, tag_url=lambda tag: f"https://union.example/tags/{tag}", own_host="union.example"
    )


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
    assert f"<p>Ask {html}.</p>" == rendered("Ask @kim@Mastodon.example.").html


def test_a_mention_nobody_resolved_stays_plain_text() -> None:
    assert "<p>Ask @lee@gone.org now</p>" == rendered("Ask @lee@gone.org now").html


def test_a_mention_may_carry_a_port() -> None:
    assert ("koreno@127.0.0.1:8021",) == find_mentions("@koreno@127.0.0.1:8021")
    assert f'href="{LOOPBACK.url}"' in rendered("@koreno@127.0.0.1:8021").html


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
