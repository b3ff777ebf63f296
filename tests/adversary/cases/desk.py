"""The desk: commands come through a socket in the home folder today, so none of its doors is on the network yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case, waiting

_NO_DESK: Final = waiting("there is no desk in the browser yet: joins with it")

DESK: Final[Mapping[str, Case]] = {
    "ADM-01": _NO_DESK,
    "ADM-02": _NO_DESK,
    "ADM-04": _NO_DESK,
    "ADM-05": _NO_DESK,
    "ADM-06": _NO_DESK,
    "ADM-07": _NO_DESK,
    "ADM-10": _NO_DESK,
    "ADM-13": _NO_DESK,
    "ADM-15": _NO_DESK,
    "ADM-17": _NO_DESK,
}
