"""Where our own things live: every id and page address, made and read in one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from federation.addresses import authority, same_origin
from storage.ids import ActivityId, ActorId, Host, InboxUrl, ObjectId
from storage.records import MediaFile

RESERVED_HANDLES: Final = frozenset({"actor", "wire", "log", "mirrors"})
MEDIA_ENDINGS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
"""Every type of file we serve."""
_HANDLE: Final = re.compile(r"[a-z0-9](?:[a-z0-9_]{0,28}[a-z0-9])?")
_SERIAL: Final = re.compile(r"[1-9][0-9]{0,19}")


def is_handle(text: str) -> bool:
    """Whether a handle may be given to an actor: 1 to 30 of a-z, 0-9 and inner underscores, not reserved."""
    return bool(_HANDLE.fullmatch(text)) and text not in RESERVED_HANDLES


def is_serial(text: str) -> bool:
    """Whether this could end one of our ids."""
    return bool(_SERIAL.fullmatch(text)) and int(text) < 2**63


@dataclass(frozen=True, slots=True)
class Locations:
    """Addresses below one URL (no trailing slash)."""

    url: str

    @property
    def host(self) -> Host:
        """The authority in our handles: `@campaign@host`."""
        return authority(self.url)

    @property
    def instance_actor(self) -> ActorId:
        """The node itself, which signs what we fetch."""
        return ActorId(f"{self.url}/actor")

    @property
    def shared_inbox(self) -> InboxUrl:
        """The inbox of all our actors."""
        return InboxUrl(f"{self.url}/inbox")

    def actor(self, handle: str) -> ActorId:
        """Its id, for good."""
        return ActorId(f"{self.url}/actors/{handle}")

    def actor_page(self, handle: str) -> str:
        """Where readers find an actor."""
        return f"{self.url}/@{handle}"

    def post(self, serial: str) -> ObjectId:
        """Its id, for good."""
        return ObjectId(f"{self.url}/objects/{serial}")

    def post_page(self, handle: str, serial: str) -> str:
        """Where readers find an update."""
        return f"{self.url}/@{handle}/{serial}"

    def activity(self, serial: str) -> ActivityId:
        """Its id, for good."""
        return ActivityId(f"{self.url}/activities/{serial}")

    def tag_page(self, tag: str) -> str:
        """Where readers find a hashtag."""
        return f"{self.url}/tags/{quote(tag, safe='')}"

    def media(self, file: MediaFile) -> str:
        """Where a file of a picture is served."""
        return f"{self.url}/media/{media_name(file)}"

    def is_ours(self, url: str) -> bool:
        """Whether a URL lies on our own host, whatever its spelling; False for what is no URL."""
        return same_origin(url, self.url)


def media_name(file: MediaFile) -> str:
    """The last part of a file's address: its digest and the ending of its type."""
    return f"{file.digest}.{MEDIA_ENDINGS[file.media_type]}"


def actor_inbox(actor: ActorId) -> InboxUrl:
    """The personal inbox of one of our actors."""
    return InboxUrl(f"{actor}/inbox")


def actor_followers(actor: ActorId) -> str:
    """The followers collection of one of our actors."""
    return f"{actor}/followers"


def actor_featured(actor: ActorId) -> str:
    """The pinned updates of one of our actors."""
    return f"{actor}/featured"


def serial_of(id: str) -> str:
    """The decimal number at the end of one of our object or activity ids."""
    return id.rsplit("/", 1)[-1]
