"""A union with a campaign and updates, and a parser that reads pages as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Final

from node.markdown import render
from node.web.readers.pages import Page
from node.web.readers.views import Site
from storage.ids import ActivityId, ActorId, ObjectId
from storage.records import ActorKind, LocalActor, Post

URL: Final = "https://union.example"
START: Final = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
SITE: Final = Site(
    url=URL,
    host="union.example",
    name="Line Workers",
    union_handle="union",
    language="en",
    fingerprint=("zoo", "wrap", "use", "two", "run", "one", "go", "act"),
    digits="314159265358979323846264338",
)
HOSTILE: Final = "\"><script>alert(1)</script><img src=x onerror=alert('1')>&amp;"
VOID: Final = frozenset(["meta", "link", "br", "img"])


def actor(handle: str, kind: ActorKind = "campaign", *, name: str = "", summary: str = "") -> LocalActor:
    """An actor of ours."""
    return LocalActor(
        id=ActorId(f"{URL}/actors/{handle}"),
        handle=handle,
        kind=kind,
        type="Person",
        name=name or handle.title(),
        summary=summary,
        rsa_public_pem="",
        ed25519_multibase="",
        approves_followers=False,
        created_at=START,
        updated_at=START,
    )


UNION: Final = actor("union", "union", name="Line Workers", summary="We are **110** workers.")
CAMPAIGN: Final = actor("gimpo", name="Lunch for all", summary="A paid hour.")


def post(serial: int, text: str = "Hello #Pay", by: LocalActor = CAMPAIGN, warning: str | None = None) -> Post:
    """An update of ours, an hour later for each serial."""
    rendered = render(text, mentions={}, tag_url=lambda tag: f"{URL}/tags/{tag}", own_host="union.example")
    return Post(
        id=ObjectId(f"{URL}/objects/{serial}"),
        actor=by.id,
        serial=str(serial),
        activity=ActivityId(f"{URL}/activities/{serial}"),
        index=serial,
        html=rendered.html,
        text=text,
        warning=warning,
        language="en",
        tags=rendered.tags,
        published_at=START + timedelta(hours=serial),
        updated_at=None,
        retracted_at=None,
        body=b"{}",
    )


@dataclass
class Element:
    """An opening tag with the text directly after it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Reading(HTMLParser):
    """What a parser makes of a page; refuses tags that are not closed in order."""

    html: str
    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self.feed(self.html)
        self.close()
        assert [] == self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.elements:
            self.elements[-1].text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of this tag with these attributes."""
        return [e for e in self.elements if e.tag == tag and attributes.items() <= e.attributes.items()]

    def links(self) -> list[str]:
        """Where the page's links lead, in order."""
        return [element.attributes["href"] for element in self.all("a") if "href" in element.attributes]

    def meta(self, name: str) -> str:
        """Content of the one meta element of this name or property."""
        found = self.all("meta", name=name) + self.all("meta", property=name)
        assert len(found) == 1
        return found[0].attributes["content"]


def read(page: Page) -> Reading:
    return Reading(page.html)
