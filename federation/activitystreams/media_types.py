"""Media types: which answers are ActivityStreams, and which only look like it (refusals, rule 3)."""

from __future__ import annotations

import re
from typing import Final

from federation.activitystreams.contexts import ACTIVITYSTREAMS

ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = f'application/ld+json; profile="{ACTIVITYSTREAMS}"'
ACCEPT: Final = f"{ACTIVITY_JSON}, {LD_JSON}"

_TYPE: Final = re.compile(r"([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)((?:[ \t]*;[^,]*)?)")
_PROFILE: Final = re.compile(r';[ \t]*profile[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)


def media_type(content_type: str) -> str:
    """The bare type in lower case, without parameters; empty when it is none, or more than one."""
    parts = _TYPE.fullmatch(content_type.strip())
    return parts[1].lower() if parts else ""


def is_activitystreams(content_type: str) -> bool:
    """Whether a Content-Type promises ActivityStreams (ActivityPub §3.2): JSON-LD only with its profile."""
    kind = media_type(content_type)
    if kind != "application/ld+json":
        return kind == ACTIVITY_JSON
    profile = _PROFILE.search(content_type)
    return profile is not None and ACTIVITYSTREAMS in (profile[1] or profile[2] or "").split()
