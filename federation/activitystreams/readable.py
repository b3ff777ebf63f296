"""An object of any kind as HTML that can be read: title, text, time and place, choices, pictures' descriptions, links.

Nothing here is harmless yet; `html.sanitise_foreign` sees to that. Words that are no HTML are escaped here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from federation.activitystreams.kinds import OBJECT_KINDS, Kind
from federation.activitystreams.parse import first_url, read_id, read_text, read_time
from federation.strictjson import JsonValue

Document = Mapping[str, JsonValue]

_MOST_ATTACHMENTS: Final = 20
_MOST_CHOICES: Final = 100
_LONGEST_ALT: Final = 1500
_LONGEST_NAME: Final = 500
_LONGEST_WARNING: Final = 500
_PLAIN_TYPES: Final = ("text/plain", "text/markdown")
_QUOTES: Final = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
_QUOTE_RELS: Final = ("https://misskey-hub.net/ns#_misskey_quote", "https://w3id.org/fep/044f#quote")
_CALLED: Final = {"image": "picture", "video": "video", "audio": "sound"}
"""What an attachment is called, by the first half of its media type or its type in lower case."""


def read_html(document: Document, type: str) -> str | None:
    """The object as HTML; None when there is nothing to read, or nothing that is meant for readers (a vote)."""
    kind = OBJECT_KINDS.get(type)
    if kind is None or (type == "Note" and _is_vote(document)):
        return None
    body = _body(document)
    parts = [_title(document), *_standfirst(document, kind, body), body or "", *_choices(document, kind)]
    parts += [*_occasion(document, kind), *_attachments(document), *_quote(document, body or "")]
    html = "".join(parts)
    if body is None and not html:
        return None
    return html + "".join(_way_there(document, kind, html))


def read_warning(document: Document, type: str) -> str | None:
    """What the object warns of, on one line: its summary, unless that belongs to the text."""
    kind = OBJECT_KINDS.get(type)
    if kind is None or (kind.is_elsewhere and document.get("sensitive") is not True):
        return None
    return _line(read_text(document, "summary"), _LONGEST_WARNING) or None


def _is_vote(document: Document) -> bool:
    """A name in answer to something and no text (interop): a choice in a poll, which is nobody's to read."""
    is_named_only = read_text(document, "name") is not None and read_text(document, "content") is None
    return is_named_only and bool(document.get("inReplyTo")) and not document.get("attachment")


def _body(document: Document) -> str | None:
    """The text as HTML, from `content` in whatever media type, or from `source`."""
    content, media_type = read_text(document, "content"), document.get("mediaType")
    source = document.get("source")
    if content is None and isinstance(source, dict):
        content, media_type = read_text(source, "content"), source.get("mediaType", "text/plain")
    if content is None:
        return None
    is_plain = isinstance(media_type, str) and media_type.partition(";")[0].strip().lower() in _PLAIN_TYPES
    return _paragraphs(content) if is_plain else content


def _paragraphs(text: str) -> str:
    """Plain words as HTML: a line break for each line, as written."""
    return f"<p>{'<br>'.join(map(escape, text.strip().splitlines()))}</p>"


def _title(document: Document) -> str:
    name = _line(read_text(document, "name"), _LONGEST_NAME)
    return f"<p><strong>{escape(name)}</strong></p>" if name else ""


def _standfirst(document: Document, kind: Kind, body: str | None) -> Iterator[str]:
    summary = read_text(document, "summary")
    if kind.is_elsewhere and summary and document.get("sensitive") is not True and summary != body:
        yield f"<p>{summary}</p>"


def _choices(document: Document, kind: Kind) -> Iterator[str]:
    choices = document.get("oneOf") or document.get("anyOf")
    if not kind.has_choices or not isinstance(choices, list):
        return
    names = [_line(read_text(one, "name"), _LONGEST_NAME) for one in choices[:_MOST_CHOICES] if isinstance(one, dict)]
    items = "".join(f"<li>{escape(name)}</li>" for name in names if name)
    if items:
        yield f"<ul>{items}</ul>"


def _occasion(document: Document, kind: Kind) -> Iterator[str]:
    if not kind.has_occasion:
        return
    times = [time for time in map(_moment, (document.get("startTime"), document.get("endTime"))) if time]
    for word, said in (("When", " – ".join(times)), ("Where", _place(document.get("location")))):
        if said:
            yield f"<p>{word}: {escape(said)}</p>"


def _moment(value: JsonValue) -> str:
    """A time in UTC; one that we cannot read as it was written."""
    at = read_time(value)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else _line(value if isinstance(value, str) else None, 50)


def _place(value: JsonValue) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return _line(value if isinstance(value, str) else None, _LONGEST_NAME)
    address = value.get("address")
    fields = address.values() if isinstance(address, dict) else [address]
    said = [read_text(value, "name"), *(part for part in fields if isinstance(part, str) and part != "PostalAddress")]
    return _line(", ".join(part for part in said if part) or first_url(value.get("url")), _LONGEST_NAME)


def _attachments(document: Document) -> Iterator[str]:
    listed = document.get("attachment")
    for one in (listed if isinstance(listed, list) else [listed])[:_MOST_ATTACHMENTS]:
        if isinstance(one, dict):
            yield from _attachment(one)


def _attachment(document: Document) -> Iterator[str]:
    """What is attached, in words: a reader's browser loads nothing from elsewhere (HTML-09)."""
    type, address = read_id(document.get("type")), first_url(document.get("url")) or first_url(document.get("href"))
    if address is None:
        return
    words = next((text for name in ("name", "summary", "content") if (text := read_text(document, name))), None)
    said = escape(_line(words, _LONGEST_ALT))
    if type == "Link":
        yield f'<p><a href="{escape(address)}">{said or escape(address)}</a></p>'
        return
    media = document.get("mediaType")
    half = (media.partition("/")[0] if isinstance(media, str) else type or "").lower()
    called = _CALLED.get(half, "file")
    yield f"<p>[{called}: {said}]</p>" if said else f"<p>[{called} without description]</p>"


def _quote(document: Document, body: str) -> Iterator[str]:
    """What is quoted (FEP-044f, FEP-e232, Misskey), as a link, where the text does not show it already."""
    tags = document.get("tag")
    marked = [tag for tag in (tags if isinstance(tags, list) else [tags]) if isinstance(tag, dict)]
    named = [document.get(name) for name in _QUOTES]
    named += [tag.get("href") for tag in marked if tag.get("type") == "Link" and tag.get("rel") in _QUOTE_RELS]
    quoted = next((id for id in map(read_id, named) if id is not None), None)
    if quoted is not None and quoted not in body and escape(quoted) not in body:
        yield f'<p>Quotes: <a href="{escape(quoted)}">{escape(quoted)}</a></p>'


def _way_there(document: Document, kind: Kind, html: str) -> Iterator[str]:
    page = first_url(document.get("url")) or read_id(document.get("id"))
    if kind.is_elsewhere and page is not None and escape(page) not in html:
        yield f'<p><a href="{escape(page)}">{escape(page)}</a></p>'


def _line(text: str | None, most: int) -> str:
    """On one line, and not too long."""
    line = " ".join((text or "")[: most * 2].split())
    return line if len(line) <= most else line[: most - 1] + "…"
