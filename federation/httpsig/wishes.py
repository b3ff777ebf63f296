"""What another server wants signed, by RFC 9421 §5: read what is asked of us, and say what we ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from federation.errors import BadSignature
from federation.httpsig.fields import read_dictionary

OUR_WISH: Final = 'sig1=("@method" "@target-uri" "content-digest");created;keyid'
"""The `Accept-Signature` that goes with our 401: what `read_rfc9421` needs of a delivery."""
_ALWAYS: Final = frozenset({"@method", "@target-uri", "content-digest"})
"""What `sign_rfc9421` covers unasked; the digest only where there is a body."""
_ON_REQUEST: Final = frozenset({"@authority", "@scheme", "@path", "@query", "@request-target", "host", "content-type"})
_FLAGS: Final = frozenset({"created", "keyid"})
_TEXTS: Final = frozenset({"nonce", "tag"})
_OUR_ALGORITHM: Final = "rsa-v1_5-sha256"
_LONGEST: Final = 256
"""Characters of a header, and of a nonce, that we repeat for a stranger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A signature that was asked for and that we can make: what to cover and say beside what we always do."""

    label: str = "sig1"
    components: tuple[str, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    """`nonce` and `tag`, to be repeated as they came."""

    @property
    def is_more(self) -> bool:
        """Whether it goes beyond what we sign unasked."""
        return bool(self.components or self.texts)


PLAIN: Final = Wish()


def read_wish(accept_signature: str | None) -> Wish | None:
    """The first wish of an `Accept-Signature` header that we can grant, or None."""
    if not accept_signature or len(accept_signature) > 4 * _LONGEST:
        return None
    try:
        members = read_dictionary((accept_signature,))
    except BadSignature:
        return None
    wishes = (_read_member(label, member) for label, member in members.items())
    return next((wish for wish in wishes if wish is not None), None)


def _read_member(label: str, member: object) -> Wish | None:
    match member:
        case (list(components), dict(parameters)):
            names = [_name(component) for component in components]
            texts = [(name, value) for name, value in parameters.items() if name in _TEXTS]
            if not _may_cover(names) or not all(map(_is_granted, parameters, parameters.values())):
                return None
            extra = tuple(name for name in names if name in _ON_REQUEST)
            return Wish(label=label[:_LONGEST], components=extra, texts=tuple(texts))
        case _:
            return None


def _name(component: object) -> str:
    """A component's name; empty, which nobody may cover, for one with parameters."""
    name, qualities = component if isinstance(component, tuple) else (component, {})
    return name if isinstance(name, str) and not qualities else ""


def _may_cover(names: list[str]) -> bool:
    return len(set(names)) == len(names) and set(names) <= _ALWAYS | _ON_REQUEST


def _is_granted(name: str, value: object) -> bool:
    """Whether we can do as a parameter says (§5.1); a key is named only by its owner, so we name ours."""
    if name in _TEXTS:
        return isinstance(value, str) and len(value) <= _LONGEST and value.isprintable() and not set(value) & set('"\\')
    return name in _FLAGS or (name == "alg" and value == _OUR_ALGORITHM)
