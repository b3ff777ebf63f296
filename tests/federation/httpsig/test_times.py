"""HTTP dates are read in their one modern form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from federation.errors import BadSignature
from federation.httpsig.times import http_date, read_http_date


def test_a_date_comes_back() -> None:
    moment = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert http_date(moment) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert moment == read_http_date(http_date(moment))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 +0100",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
        "1994-11-06T08:49:37Z",
    ],
)
def test_another_form_of_date_is_refused(text: str) -> None:
    with pytest.raises(BadSignature):
        read_http_date(text)
