"""Read signatures by RFC 9421, HTTP Message Signatures."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, TypeAlias

import http_sf
from http_sf import InnerListType

from federation.errors import BadSignature
from federation.httpsig.authority import normal
from federation.httpsig.claim import Claim, check_algorithm, check_distinct, joined, single_value
from federation.httpsig.digest import has_digest
from federation.httpsig.fields import read_dictionary
from federation.httpsig.request import SignedRequest
from federation.httpsig.times import check_expires_at, check_signed_at
from storage.ids import KeyId

UrlScheme = Literal["https", "http"]
_Parameters: TypeAlias = dict[str, object]

_WHOLE_TARGET: Final = "@target-uri"


def read_rfc9421(request: SignedRequest, *, now: datetime, scheme: UrlScheme) -> Claim:
    """Who claims to have signed this request; raises BadSignature unless all that we need is covered.

    `scheme` is that of our own public URL, which the request itself does not show. The digest and the host
    are the caller's to check.
    """
    label, signed = _single_signature(request)
    components, parameters = _split(signed)
    _check_coverage(request, components)
    _check_times(parameters, now)
    algorithm = _text(parameters, "alg") if "alg" in parameters else None
    check_algorithm("rfc9421", algorithm)
    lines = [f'"{name}": {_value(request, name, scheme)}' for name in components]
    return Claim(
        key_id=KeyId(_text(parameters, "keyid")),
        algorithm=algorithm,
        message=joined([*lines, f'"@signature-params": {_written(signed)}']),
        signature=_read_signature(request, label),
        scheme="rfc9421",
    )


def _single_signature(request: SignedRequest) -> tuple[str, InnerListType]:
    """The label and the covered components of the only signature (§4.1)."""
    inputs = read_dictionary((single_value(request, "signature-input"),))
    if len(inputs) != 1:
        raise BadSignature("The request is not signed exactly once; the sender must sign with one key.")
    label, signed = next(iter(inputs.items()))
    if not (isinstance(signed, tuple) and isinstance(signed[0], list)):
        raise BadSignature("The Signature-Input lists nothing signed; the sender must sign again.")
    return label, (signed[0], signed[1])


def _split(signed: InnerListType) -> tuple[list[str], _Parameters]:
    """The names of the components and the signature's parameters; a component with parameters is refused."""
    members, parameters = signed if isinstance(signed, tuple) else (signed, {})
    names: list[str] = []
    for member in members:
        name, qualities = member if isinstance(member, tuple) else (member, {})
        if not isinstance(name, str) or qualities:
            raise BadSignature("The signature covers a component of a kind we do not know; sign plain ones.")
        names.append(name)
    check_distinct(names)
    return names, dict(parameters)


def _check_coverage(request: SignedRequest, components: list[str]) -> None:
    """Method, target, host and body must be bound, or the signature would fit other requests too."""
    if "@method" not in components or not _covers_target(request, components):
        raise BadSignature("The signature does not cover @method and @target-uri; the sender must sign both.")
    if request.body and not ("content-digest" in components and has_digest(request, "content-digest")):
        raise BadSignature("The signature covers no SHA-256 content-digest; the sender must sign one.")


def _covers_target(request: SignedRequest, components: list[str]) -> bool:
    if _WHOLE_TARGET in components:
        return True
    has_query = "?" in request.target
    whole_path = "@path" in components and ("@query" in components or not has_query)
    return "@authority" in components and ("@request-target" in components or whole_path)


def _check_times(parameters: _Parameters, now: datetime) -> None:
    check_signed_at(_seconds(parameters.get("created")), now)
    if "expires" in parameters:
        check_expires_at(_seconds(parameters["expires"]), now)


def _seconds(value: object) -> int:
    if type(value) is not int:
        raise BadSignature("The signature does not say when it was made, in whole seconds; the sender must.")
    return value


def _text(parameters: _Parameters, name: str) -> str:
    value = parameters.get(name)
    if not isinstance(value, str) or not value:
        raise BadSignature(f"The signature does not say its {name} as a text; the sender must sign again.")
    return value


def _value(request: SignedRequest, name: str, scheme: UrlScheme) -> str:
    """The value of one component (§2.1, §2.2); raises BadSignature for one we do not implement."""
    if not name.startswith("@"):
        return single_value(request, name)
    path, _, query = request.target.partition("?")
    authority = normal(single_value(request, "host"), scheme)
    derived = {
        "@method": request.method,
        "@target-uri": f"{scheme}://{authority}{request.target}",
        "@authority": authority,
        "@scheme": scheme,
        "@request-target": request.target,
        "@path": path,
        "@query": f"?{query}",
    }
    if name not in derived:
        raise BadSignature("The signature covers a derived component we do not know; sign plain ones.")
    return derived[name]


def _written(signed: InnerListType) -> str:
    """The signature's parameters as they are signed, in strict form (§2.3)."""
    try:
        return http_sf.ser({"s": signed}).removeprefix("s=")
    except ValueError:
        raise BadSignature("The Signature-Input cannot be written in strict form; sign again.") from None


def _read_signature(request: SignedRequest, label: str) -> bytes:
    """The bytes under the same label, and no other label (§4.2)."""
    signatures = read_dictionary((single_value(request, "signature"),))
    member = signatures.get(label)
    value = member[0] if isinstance(member, tuple) else member
    if len(signatures) != 1 or not isinstance(value, bytes):
        raise BadSignature("The Signature header does not hold exactly the one signature; sign again.")
    return value
