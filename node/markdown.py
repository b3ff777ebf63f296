"""An organiser's Markdown as the HTML of an update: CommonMark with line breaks, links, hashtags, mentions.

Hashtags and mentions are inline rules of the parser, so they are never found in code, links or escaped text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

from federation.activitystreams.html import OUTWARD_REL, sanitise_own
from storage.ids import ActorId

if TYPE_CHECKING:
    from linkify_it.main import Match
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody an update speaks to, once their address is resolved."""

    id: ActorId
    url: str
    """Their page, where the link leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An update's HTML and what was met in it, each once, in order."""

    html: str
    tags: tuple[str, ...]
    """Hashtags without `#`, lower case, NFKC."""


_LONGEST_TAG: Final = 100
_MENTION: Final = re.compile(
    r"@(?P<user>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)"
    r"@(?P<host>(?>[^\W_](?:[\w-]*\w)?(?:\.[^\W_](?:[\w-]*\w)?)*(?::[0-9]{1,5})?))(?![\w@])"
)
_NO_START_AFTER: Final = "/@#&=."


def render(text: str, *, mentions: Mapping[str, Mention], tag_url: Callable[[str], str], own_host: str) -> Rendered:
    """Markdown to sanitised HTML; links to hosts other than `own_host` are marked as leading outwards.

    `tag_url` gives a hashtag's page. A mention missing from `mentions` stays plain text. `Unintelligible`
    when the text is beyond what a page can carry.
    """
    parser = _parser()
    tokens = parser.parse(text)
    paragraph = _Paragraphs(mentions=mentions, tag_url=tag_url, own_host=own_host)
    for token in _inline(tokens):
        token.children = paragraph.rewritten(token.children or [])
    html = sanitise_own(parser.renderer.render(tokens, parser.options, {}))
    return Rendered(html=html.strip(), tags=tuple(paragraph.tags))


def find_mentions(text: str) -> tuple[str, ...]:
    """Addresses (`user@host`, host in lower case) met as `@user@host` outside code and links, each once."""
    children = (child for token in _inline(_parser().parse(text)) for child in token.children or [])
    return tuple(dict.fromkeys(child.content for child in children if child.type == "mention"))


@cache
def _parser() -> MarkdownIt:
    """Loaded with the first text, because `serve` need not wait for it."""
    from linkify_it import LinkifyIt
    from markdown_it import MarkdownIt

    class Links(LinkifyIt):  # type: ignore[misc]  # (the package has no types)
        """Bare addresses (`union.example/sign`) lead to https; the package's own guess is http."""

        def normalize(self, match: Match) -> None:
            super().normalize(match)
            if not match.schema:
                match.url = "https://" + match.url.removeprefix("http://")

    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    parser.enable(["linkify", "strikethrough"])
    parser.inline.ruler.after("backticks", "hashtag", _hashtag)
    parser.inline.ruler.after("backticks", "mention", _mention)
    parser.linkify = Links()
    return parser


def _hashtag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  (the parser's own signature)
    if not _may_start(state, "#"):
        return False
    end = state.pos + 1
    while end < state.posMax and _is_word(state.src[end]):
        end += 1
    word = state.src[state.pos + 1 : end]
    if len(word) > _LONGEST_TAG or not any(unicodedata.category(c).startswith("L") for c in word):
        return False
    return _push(state, silent, "hashtag", content=word, end=end, written=f"#{word}")


def _mention(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    if not _may_start(state, "@"):
        return False
    match = _MENTION.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    address = f"{match['user']}@{match['host'].lower()}"
    return _push(state, silent, "mention", content=address, end=match.end(), written=match[0])


def _may_start(state: StateInline, sign: str) -> bool:
    if state.src[state.pos] != sign or state.linkLevel > 0:
        return False
    before = state.src[state.pos - 1] if state.pos else " "
    return not _is_word(before) and before not in _NO_START_AFTER


def _is_word(character: str) -> bool:
    """Letters of every script with their marks, digits, underscore, and the joiner Persian words need."""
    return character in "_\u200c" or unicodedata.category(character)[0] in "LMN"


def _push(state: StateInline, silent: bool, kind: str, *, content: str, end: int, written: str) -> bool:  # noqa: FBT001
    if not silent:
        token = state.push(kind, "", 0)
        token.content, token.markup = content, written
    state.pos = end
    return True


def _inline(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.type == "inline"]


class _Paragraphs:
    """Writes hashtags, mentions, links and pictures of one text as HTML, and remembers what was met."""

    def __init__(self, *, mentions: Mapping[str, Mention], tag_url: Callable[[str], str], own_host: str) -> None:
        self._mentions, self._tag_url, self._own_host = mentions, tag_url, own_host
        self.tags: dict[str, None] = {}

    def rewritten(self, children: Sequence[Token]) -> list[Token]:
        """A paragraph's tokens with ours as finished HTML; links never nest, so one flag follows them."""
        written: list[Token] = []
        is_linked, is_dead = False, False
        for token in children:
            if token.type == "link_open":
                is_linked, is_dead = True, not self._set_link(token)
            if not (is_dead and token.type in ("link_open", "link_close")):
                written.append(self._rewrite(token, is_linked=is_linked))
            if token.type == "link_close":
                is_linked, is_dead = False, False
        return written

    def _rewrite(self, token: Token, *, is_linked: bool) -> Token:
        if token.type == "hashtag":
            return _html(self._hashtag(token))
        if token.type == "mention":
            return _html(self._mention(token))
        if token.type == "image":
            return _html(self._picture(token, is_linked=is_linked))
        return token

    def _hashtag(self, token: Token) -> str:
        tag = unicodedata.normalize("NFKC", token.content).lower()
        self.tags[tag] = None
        href = escape(self._tag_url(tag))
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(token.content)}</span></a>'

    def _mention(self, token: Token) -> str:
        who = self._mentions.get(token.content)
        if who is None:
            return escape(token.markup)
        user = escape(token.content.partition("@")[0])
        link = f'<a href="{escape(who.url)}" class="u-url mention"{self._rel(who.url)}>@<span>{user}</span></a>'
        return f'<span class="h-card">{link}</span>'

    def _picture(self, token: Token, *, is_linked: bool) -> str:
        """No picture is loaded from elsewhere: its description, leading to it."""
        href = str(token.attrs.get("src", ""))
        words = escape(token.content or href)
        if is_linked or not _is_absolute(href):
            return words
        return f'<a href="{escape(href)}"{self._rel(href)}>{words}</a>'

    def _set_link(self, token: Token) -> bool:
        """Mark where a link leads; False when it leads nowhere a reader on another server could go."""
        href = str(token.attrs.get("href", ""))
        if self._leads_outwards(href):
            token.attrs["rel"] = OUTWARD_REL
        return _is_absolute(href)

    def _rel(self, href: str) -> str:
        return f' rel="{OUTWARD_REL}"' if self._leads_outwards(href) else ""

    def _leads_outwards(self, href: str) -> bool:
        authority = href.partition("://")[2].partition("/")[0].lower()
        return authority not in ("", self._own_host)


def _is_absolute(href: str) -> bool:
    return href.lower().startswith(("https://", "http://", "mailto:"))


def _html(text: str) -> Token:
    from markdown_it.token import Token

    return Token("html_inline", "", 0, content=text)
