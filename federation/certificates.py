"""The certificate that a server shows: when it ends, and why it was not believed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

Flaw = Literal["expired", "name", "chain"]

_EXPIRED: Final = frozenset({9, 10})
_NAME: Final = frozenset({62, 63, 64})
"""OpenSSL's numbers (X509_V_ERR_…)."""


@dataclass(slots=True)
class Watched:
    """A TLS context that believes what any other does, and remembers when the first certificate it saw ends."""

    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        watched = self

        class Watching(ssl.SSLObject):
            def do_handshake(self) -> None:
                super().do_handshake()
                shown = self.getpeercert()
                if shown and watched.ends_at is None and isinstance(ends := shown.get("notAfter"), str):
                    watched.ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)

        self.context.sslobject_class = Watching


def find_flaw(error: BaseException | None) -> Flaw | None:
    """What was wrong with a certificate, anywhere among an error's causes; None when nothing was."""
    while error is not None:
        inner = getattr(error, "certificate_error", error)
        if isinstance(inner, ssl.SSLCertVerificationError):
            code = inner.verify_code
            return "expired" if code in _EXPIRED else "name" if code in _NAME else "chain"
        error = error.__cause__ or error.__context__
    return None
