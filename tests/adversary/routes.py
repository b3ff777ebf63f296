"""Every route and who gets what from it (refusals, rule 9): one row for each, made complete by a test over the router.

Organisers, present and former, give their commands through a socket in the home folder: no route knows them, so that
they are answered as anybody is. Their columns get a life of their own with the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["anonymous", "organiser", "former organiser", "remote actor", "blocked actor", "former peer"]
Kind = Literal["for all", "signed", "inbox", "head", "entries", "brought", "retraction"]

ROLES: Final[tuple[Role, ...]] = (
    "anonymous",
    "organiser",
    "former organiser",
    "remote actor",
    "blocked actor",
    "former peer",
)
OPEN: Final[Mapping[Kind, tuple[int, ...]]] = {
    #            anonymous, organiser, former one, remote, blocked, former peer
    "for all": (200, 200, 200, 200, 200, 200),
    "signed": (200, 200, 200, 200, 200, 200),
    "inbox": (401, 401, 401, 202, 403, 202),
    "head": (404, 404, 404, 404, 404, 404),
    "entries": (404, 404, 404, 404, 404, 404),
    "brought": (404, 404, 404, 404, 404, 404),
    "retraction": (404, 404, 404, 404, 404, 404),
}
"""What a node answers; a former peer's own words are a stranger's, and a head, what it names
and what a kit takes back count by what is signed, of unions with a pact."""
WRITTEN: Final[frozenset[Kind]] = frozenset({"inbox", "head", "entries", "brought", "retraction"})
"""What is not read but written."""
GATED: Final[Mapping[Kind, tuple[int, ...]]] = {**OPEN, "signed": (401, 401, 401, 200, 403, 200)}
"""The same with `authorized_fetch`: ActivityStreams is for those who sign."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a route is, and an address of it at which there is something."""

    kind: Kind
    path: str


def _log(name: str, prefix: str) -> dict[str, Row]:
    """The parts of a log under one of its names."""
    paths = {
        "checkpoint": "checkpoint",
        "tile": "tile/0/000.p/1",
        "activities": "activities",
        "activity": "activity/{digest}",
        "proof": "proof/0",
        "media": "media/{multihash}",
        "receipts": "receipts",
        "withheld": "withheld",
    }
    read = {f"{name}_{part}": Row("for all", f"{prefix}/{path}") for part, path in paths.items()}
    brought = {f"bring_{name}_{part}": Row("brought", f"{prefix}/{paths[part]}") for part in ("activity", "media")}
    return {**read, **brought}


ROWS: Final[Mapping[str, Row]] = {
    "webfinger": Row("for all", "/.well-known/webfinger?resource=acct:strike@{host}"),
    "host_meta": Row("for all", "/.well-known/host-meta"),
    "nodeinfo_links": Row("for all", "/.well-known/nodeinfo"),
    "nodeinfo": Row("for all", "/nodeinfo/2.1"),
    "instance_actor": Row("for all", "/actor"),
    "instance_empty": Row("for all", "/actor/outbox"),
    "instance_inbox": Row("inbox", "/actor/inbox"),
    "actor": Row("signed", "/actors/strike"),
    "actor_inbox": Row("inbox", "/actors/strike/inbox"),
    "outbox": Row("signed", "/actors/strike/outbox"),
    "featured": Row("signed", "/actors/strike/featured"),
    "count": Row("signed", "/actors/strike/followers"),
    "object": Row("signed", "/objects/{update}"),
    "reactions": Row("signed", "/objects/{update}/likes"),
    "activity": Row("signed", "/activities/{activity}"),
    "charter": Row("for all", "/log/{did}/charter"),
    "retractions": Row("for all", "/log/{did}/retractions"),
    "add_checkpoint": Row("head", "/log/add-checkpoint"),
    "add_entries": Row("entries", "/log/add-entries"),
    "retract": Row("retraction", "/log/retract"),
    "epoch_home": Row("for all", "/log/{their_did}/1/home"),
    "log_home": Row("for all", "/log/{their_did}/home"),
    "origin_home": Row("for all", "/log/{their_origin}/home"),
    **_log("epoch", "/log/{did}/1"),
    **_log("log", "/log/{did}"),
    **_log("origin", "/log/{origin}"),
    "shared_inbox": Row("inbox", "/inbox"),
    "union_page": Row("for all", "/"),
    "campaign_page": Row("signed", "/@strike"),
    "update_page": Row("signed", "/@strike/{update}"),
    "feed": Row("for all", "/@strike/feed.atom"),
    "tag_page": Row("for all", "/tags/harbour"),
    "tag_feed": Row("for all", "/tags/harbour/feed.json"),
    "style": Row("for all", "/static/style.css"),
    "media": Row("for all", "/media/{media}.png"),
    "icon": Row("for all", "/static/icon.svg"),
    "proof": Row("for all", "/@strike/{update}.tlog-proof"),
    "mirrors": Row("for all", "/mirrors/"),
    "mirrored_union": Row("for all", "/mirrors/harbour.example/"),
    "mirrored_feed": Row("for all", "/mirrors/harbour.example/feed.atom"),
    "mirrored_campaign": Row("signed", "/mirrors/harbour.example/@dock"),
    "mirrored_campaign_feed": Row("for all", "/mirrors/harbour.example/@dock/feed.json"),
    "mirrored_update": Row("signed", "/mirrors/harbour.example/{theirs}"),
    "mirrored_proof": Row("for all", "/mirrors/harbour.example/{theirs}.tlog-proof"),
    "network": Row("for all", "/network"),
    "check": Row("for all", "/network/check"),
    "robots": Row("for all", "/robots.txt"),
}
OPERATORS: Final[Mapping[str, str]] = {"live": "/-/live", "ready": "/-/ready", "metrics": "/-/metrics"}
"""On a listener of their own, which answers whoever reaches it and is bound to this machine; on the public one 404."""
