"""Whether HTML can do anything but be read, as a parser sees it."""

from __future__ import annotations

import re
from html.parser import HTMLParser


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
        assert name != "href" or value.lower().startswith(("https://", "http://", "mailto:"))
        assert name != "href" or not set(value) & {*' \\"<>\x7f', *map(chr, range(32))}
        assert name != "href" or "@" not in re.split("[/?#]", value.partition("://")[2])[0]
        assert name != "class" or not set(value.split()) - ALLOWED_CLASSES
        assert name != "start" or value.isdigit()
