"""NodeInfo 2.1: what this server is, and only counts that an employer may read."""

from __future__ import annotations

from typing import Final

from federation.strictjson import JsonObject

VERSIONS: Final = ("2.1", "2.0")


def discovery(url: str) -> JsonObject:
    """The document at /.well-known/nodeinfo."""
    return {
        "links": [
            {
                "rel": f"http://nodeinfo.diaspora.software/ns/schema/{version}",
                "href": f"{url}/nodeinfo/{version}",
            }
            for version in VERSIONS
        ]
    }


def nodeinfo(version: str, *, software_version: str, actors: int, posts: int, name: str) -> JsonObject:
    """The document itself; campaigns count as users, nobody else is counted."""
    software: JsonObject = {"name": "picketline", "version": software_version}
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {"total": actors}, "localPosts": posts},
        "metadata": {"nodeName": name},
    }
