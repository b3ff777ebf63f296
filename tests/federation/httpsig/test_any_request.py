"""Whatever a stranger sends, the reader of signatures answers with a refusal, never with a crash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import FederationError
from federation.httpsig.request import SignedRequest
from tests.federation.httpsig.signing import HOST, Letter, cavage, read, rfc9421

PIECES = st.sampled_from(
    [
        *'sig1=();:",@?%-.\\ 019',
        '"@method"',
        '"@target-uri"',
        "created=",
        "keyid=",
        'keyId="a"',
        "headers=",
        "é",
    ]
)
FIELDS = st.text() | st.lists(PIECES, max_size=30).map("".join)
NAMES = ["host", "date", "digest", "content-digest", "signature", "signature-input"]
HEADERS = st.dictionaries(st.sampled_from(NAMES), FIELDS)


@settings(max_examples=300, deadline=None)
@given(HEADERS, st.text(), st.text(), st.none() | st.binary())
def test_any_request_is_refused(headers: dict[str, str], method: str, target: str, body: bytes | None) -> None:
    sent = (("host", HOST), *((name, value) for name, value in headers.items() if name != "host"))
    for path in (target, "/inbox"):
        with pytest.raises(FederationError):
            read(SignedRequest(method=method, target=path, headers=sent, body=body))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([cavage(Letter()), rfc9421(Letter())]), st.integers(0, 5), st.data())
def test_a_request_altered_anywhere_is_refused_or_read(request: SignedRequest, which: int, data: st.DataObject) -> None:
    name, value = request.headers[which]
    place = data.draw(st.integers(0, len(value)))
    changed = value[:place] + data.draw(FIELDS) + value[place + data.draw(st.integers(0, 3)) :]
    headers = tuple((key, changed if key == name else text) for key, text in request.headers)
    try:
        claim = read(SignedRequest(method="POST", target="/inbox", headers=headers, body=request.body))
    except FederationError:
        return
    assert claim.message
