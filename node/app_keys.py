"""Everything the web handlers share, read through `request.config_dict`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from federation.inbox.receive import Receiver
from federation.inbox.signers import Porter
from node.context import Node
from node.web.documents import Documents
from node.web.readers.kept import KeptPages
from node.web.readers.views import Site


@dataclass(slots=True)
class Reading:
    """How many bytes of inbox bodies are held at this moment."""

    held: int = 0


NODE: Final = web.AppKey("node", Node)
PORTER: Final = web.AppKey("porter", Porter)
RECEIVER: Final = web.AppKey("receiver", Receiver)
DOCUMENTS: Final = web.AppKey("documents", Documents)
SITE: Final = web.AppKey("site", Site)
PAGES: Final = web.AppKey("pages", KeptPages)
READING: Final = web.AppKey("reading", Reading)
