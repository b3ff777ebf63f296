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
    """Addresses below one base URL (no trailing slash)."""

    base: str

    @property
    def host(self) -> Host:
        """The authority in our handles: `@campaign@host`."""
        return authority(self.base)

    @property
    def instance_actor(self) -> ActorId:
        return ActorId(f"{self.base}/actor")

    @property
    def shared_inbox(self) -> InboxUrl:
        return InboxUrl(f"{self.base}/inbox")

    def actor(self, handle: str) -> ActorId:
        return ActorId(f"{self.base}/actors/{handle}")

    def actor_page(self, handle: str) -> str:
        return f"{self.base}/@{handle}"

    def post(self, serial: str) -> ObjectId:
        return ObjectId(f"{self.base}/objects/{serial}")

    def post_page(self, handle: str, serial: str) -> str:
        return f"{self.base}/@{handle}/{serial}"

    def activity(self, serial: str) -> ActivityId:
        return ActivityId(f"{self.base}/activities/{serial}")

    def tag_page(self, tag: str) -> str:
        return f"{self.base}/tags/{quote(tag, safe='')}"

    def media(self, file: MediaFile) -> str:
        return f"{self.base}/media/{media_name(file)}"

    def is_ours(self, url: str) -> bool:
        """Whether a URL lies on our own host, whatever its spelling; False for what is no URL."""
        return same_origin(url, self.base)


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
