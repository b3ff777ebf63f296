"""The words around what the union says, in its own language: one table a language, chosen by the setting `language`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from node.web.readers.wording.de import GERMAN
from node.web.readers.wording.en import ENGLISH
from node.web.readers.wording.es import SPANISH
from node.web.readers.wording.fr import FRENCH
from node.web.readers.wording.ko import KOREAN
from node.web.readers.wording.table import Notice, Wording

__all__ = ["ENGLISH", "WORDINGS", "Notice", "Wording", "wording_for"]

WORDINGS: Final[Mapping[str, Wording]] = {
    wording.code: wording for wording in (ENGLISH, KOREAN, GERMAN, FRENCH, SPANISH)
}


def wording_for(language: str) -> Wording:
    """The words for a language tag such as pt-BR, by its first part; English where we have none."""
    return WORDINGS.get(language.partition("-")[0].lower(), ENGLISH)
