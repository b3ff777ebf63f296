"""WebFinger (RFC 7033) as the fediverse uses it: from user@host to an actor's id; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from federation.activitystreams.media_types import ACTIVITY_JSON, is_activitystreams
from federation.addresses import authority
from federation.errors import ForbiddenAddress, Unintelligible
from federation.strictjson import JsonObject, JsonValue
from storage.ids import ActorId, Host

JRD: Final = "application/jrd+json"
_PROFILE_PAGE: Final = "http://webfinger.net/rel/profile-page"
_USER: Final = re.compile(r"[^\s@/?#:\\\x00-\x20\x7f\ud800-\udfff]{1,200}")
_HOST: Final = re.compile(r"[^\s@/?#]{1,300}")
_MOST_LINKS: Final = 100


@dataclass(frozen=True, slots=True)
class Address:
    """An address people pass on: user@host."""

    user: str
    host: Host

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"

    @property
    def acct(self) -> str:
        """The address as a URI (RFC 7565)."""
        return f"acct:{self}"

    def is_same_as(self, other: Address | None) -> bool:
        """Whether both name one account; users are not told apart by capitals."""
        return other is not None and (self.user.casefold(), self.host) == (other.user.casefold(), other.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a host says about an address: its proper form, and the actor behind it."""

    subject: Address | None
    actor: ActorId


def read_address(text: str) -> Address:
    """The address in `user@host`, `@user@host` or `acct:user@host`; `Unintelligible` when it is none."""
    bare = text.strip().removeprefix("acct:").removeprefix("@")
    user, _, host = bare.rpartition("@")
    if not _USER.fullmatch(user) or not _HOST.fullmatch(host):
        raise Unintelligible("This is no address such as campaign@union.example.")
    try:
        return Address(user, authority(f"https://{host}/"))
    except ForbiddenAddress:
        raise Unintelligible("The part behind the @ is no host such as union.example.") from None


def read_resource(resource: str) -> Address | str:
    """What a WebFinger query asks about: an address, or a URL as it stands; else `Unintelligible`."""
    if resource.startswith(("https://", "http://")):
        return resource
    return read_address(resource)


def webfinger_document(subject: Address, aliases: Sequence[str], actor_id: ActorId, page: str | None) -> JsonObject:
    """The answer about one of our actors: its proper address, other names, its id and its page for people."""
    links: list[JsonValue] = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor_id}]
    if page is not None:
        links.append({"rel": _PROFILE_PAGE, "type": "text/html", "href": page})
    return {"subject": subject.acct, "aliases": list(aliases), "links": links}


def read_finding(document: JsonObject) -> Finding:
    """The subject and the `self` link of a WebFinger answer; `Unintelligible` when no actor is linked."""
    links = document.get("links")
    for link in (links if isinstance(links, list) else [])[:_MOST_LINKS]:
        match link:
            case {"rel": "self", "type": str() as kind, "href": str() as href} if is_activitystreams(kind):
                return Finding(subject=_subject(document.get("subject")), actor=ActorId(href))
    raise Unintelligible("The answer to the address links no actor.")


def _subject(value: JsonValue) -> Address | None:
    try:
        return read_address(value) if isinstance(value, str) else None
    except Unintelligible:
        return None
