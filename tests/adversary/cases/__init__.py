"""Which tests prove each case, wherever they stand, and what waits for doors that are not built yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case
from tests.adversary.cases.desk import DESK
from tests.adversary.cases.exhaustion import EXHAUSTION
from tests.adversary.cases.network import NETWORK
from tests.adversary.cases.origin import ORIGIN
from tests.adversary.cases.outgoing import OUTGOING
from tests.adversary.cases.pages import PAGES
from tests.adversary.cases.signatures import SIGNATURES

CASES: Final[Mapping[str, Case]] = {
    **SIGNATURES,
    **ORIGIN,
    **OUTGOING,
    **EXHAUSTION,
    **PAGES,
    **DESK,
    **NETWORK,
}
