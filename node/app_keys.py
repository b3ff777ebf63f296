"""Everything the web handlers share, read through `request.config_dict`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from federation.inbox.receive import Receiver
from node.context import Node
from node.web.documents import Documents
from node.web.readers.kept import KeptPages
from node.web.readers.views import Site


@dataclass(slots=True)
class Reading:
    """How many bytes of inbox bodies are held at this moment, and whose inboxes were asked for."""

    held: int = 0
    handles: set[str] = field(default_factory=set)
    """Actors of ours that were found; none is ever removed."""


NODE: Final = web.AppKey("node", Node)
RECEIVER: Final = web.AppKey("receiver", Receiver)
DOCUMENTS: Final = web.AppKey("documents", Documents)
SITE: Final = web.AppKey("site", Site)
PAGES: Final = web.AppKey("pages", KeptPages)
READING: Final = web.AppKey("reading", Reading)
