"""What there is to say of the certificate that clients get, so that they can compare it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

_AS_WRITTEN = "%b %d %H:%M:%S %Y %Z"


class OwnCertificate(NamedTuple):
    """*sha256*: its fingerprint as browsers show it, "AA:BB:...". *names*: those it is for."""

    sha256: str
    not_after: datetime
    names: tuple[str, ...]

    @classmethod
    def of(cls, der: bytes, content: Mapping[str, Any]) -> Self:
        """Return what is in *der*; *content*: the same as ``ssl.SSLSocket.getpeercert`` says it."""
        not_after = datetime.strptime(content["notAfter"], _AS_WRITTEN).replace(tzinfo=UTC)
        names = tuple(value for _, value in content.get("subjectAltName", ()))
        return cls(hashlib.sha256(der).digest().hex(":").upper(), not_after, names)

    def shown(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "sha256": self.sha256,
            "not_after": self.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "names": list(self.names),
        }
