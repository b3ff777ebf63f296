"""The fields of a charter, one reader each (protocol §2); every reader raises Unintelligible."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import pyrage

from federation.errors import BadKey, Unintelligible
from federation.keys import decode_multibase, load_multikey
from federation.strictjson import MAX_INTEGER, JsonObject
from federation.times import read_rfc3339, rfc3339

_MOST_HOMES: Final = 16
_MOST_PREVIOUS: Final = 1000
_MOST_NAME: Final = 200
_MOST_URL: Final = 300


def read_count(document: JsonObject, name: str, *, least: int) -> int:
    """A whole number that JSON carries exactly."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_INTEGER:
        raise Unintelligible(f"The charter's `{name}` must be a whole number from {least}.")
    return value


def read_name(document: JsonObject) -> str:
    """One line of at most 200 characters."""
    name = _read_text(document, "name")
    if not name.strip() or len(name) > _MOST_NAME or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", name):
        raise Unintelligible(f"The charter's `name` must be one line of 1 to {_MOST_NAME} characters.")
    return name


def read_homes(document: JsonObject) -> tuple[str, ...]:
    """Base URLs, best first: at least one, none twice."""
    homes = _read_texts(document, "homes", most=_MOST_HOMES)
    if not homes or not all(_is_home(home) for home in homes):
        raise Unintelligible("The charter's `homes` must be addresses such as https://union.example, best first.")
    return homes


def read_key(document: JsonObject, name: str) -> str:
    """An Ed25519 key as multibase."""
    text = _read_text(document, name)
    try:
        load_multikey(text)
    except BadKey:
        raise Unintelligible(f"The charter's `{name}` is no Ed25519 key in multibase (z6Mk…).") from None
    return text


def read_root(after: JsonObject) -> bytes:
    """The 32 bytes of a tree's hash, in padded base64."""
    try:
        root = base64.b64decode(_read_text(after, "root"), validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != 32 or base64.b64encode(root).decode() != after["root"]:
        raise Unintelligible("The `root` of the charter's `after` must be 32 bytes in base64.")
    return root


def read_recipient(document: JsonObject) -> str:
    """An age X25519 recipient; its checksum is checked, for what is sealed to a misspelt one is lost."""
    text = _read_text(document, "recipient")
    try:
        readable = bool(pyrage.x25519.Recipient.from_str(text))
    except pyrage.RecipientError:
        readable = False
    if not readable or text != text.lower():
        raise Unintelligible("The charter's `recipient` is no age recipient (age1…).")
    return text


def read_digests(document: JsonObject) -> tuple[str, ...]:
    """Digests of other charters, none twice."""
    digests = _read_texts(document, "previous", most=_MOST_PREVIOUS)
    if not all(_is_digest(digest) for digest in digests):
        raise Unintelligible("The charter's `previous` must be digests: multibase multihashes of SHA-256.")
    return digests


def read_time(document: JsonObject) -> datetime:
    """RFC 3339 in UTC with whole seconds, as in 2026-11-03T14:05:00Z."""
    text = _read_text(document, "published")
    try:
        moment = read_rfc3339(text)
    except ValueError:
        moment = None
    if moment is None or rfc3339(moment) != text:
        raise Unintelligible("The charter's `published` must be a time such as 2026-11-03T14:05:00Z.")
    return moment


def _read_text(document: JsonObject, name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise Unintelligible(f"The charter's `{name}` must be text.")
    return value


def _read_texts(document: JsonObject, name: str, *, most: int) -> tuple[str, ...]:
    value = document.get(name)
    if not isinstance(value, list) or len(value) > most:
        raise Unintelligible(f"The charter's `{name}` must be a list of at most {most}.")
    texts = tuple(item for item in value if isinstance(item, str))
    if len(set(texts)) != len(value):
        raise Unintelligible(f"The charter's `{name}` must be texts, none of them twice.")
    return texts


def _is_home(url: str) -> bool:
    """A base URL in its plain form: scheme, host, perhaps a port. Whether we may go there the wire judges."""
    try:
        parts = urlsplit(url)
        plain = f"{parts.scheme}://{parts.netloc.lower()}"
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    usable = parts.scheme in ("https", "http") and not re.search(r"[^!-~]|[@\\%]", url)
    return named and usable and url == plain and len(url) <= _MOST_URL


def _is_digest(text: str) -> bool:
    try:
        coded = decode_multibase(text)
    except Unintelligible:
        return False
    return len(coded) == 34 and coded.startswith(b"\x12\x20")
