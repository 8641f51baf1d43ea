"""Who may call an own page that is not for everybody: with a key, or as a page of a listed origin.

GET /-/ice/<key>
GET /-/ice           Authorization: Bearer <key>
POST /-/ice          Origin: https://app.example
"""

from dataclasses import dataclass

from sigproxy.errors import KeyRefused, OriginRefused
from sigproxy.policies.cors import Cors, CorsPolicy
from sigproxy.policies.keys import KeyPolicy
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields


@dataclass(frozen=True, slots=True)
class Callers:
    """*admits_origins*: a page of one of the CORS policy's origins needs no key.

    For messages: the page's *place* is "/-/ice", its *section* "[turn]", and who is admitted may
    *have* "TURN credentials".
    """

    place: str
    section: str
    have: str
    keys: KeyPolicy
    cors: CorsPolicy
    admits_origins: bool = False
    is_open: bool = False

    def admit(self, key: bytes, cors: Cors) -> None:
        """Raise KeyRefused or OriginRefused; *key* is b"" if there is none."""
        if key and self.keys.keys:
            self.admit_key(key)
        elif not self.is_open and not (self.admits_origins and cors.origin is not None):
            raise self._no_key() if self.keys.keys else self._no_origin()

    def admit_key(self, key: bytes) -> None:
        """Raise KeyRefused for a wrong *key*, where there are keys."""
        if self.keys.keys and not self.keys.admits(key):
            raise KeyRefused(f"the key in the URL is not one of the keys for {self.place}")

    def _no_key(self) -> KeyRefused:
        return KeyRefused(
            f"there is no key: ask for {self.place}/<key>, or send Authorization: Bearer <key>"
        )

    def _no_origin(self) -> OriginRefused:
        return OriginRefused(
            "the request has no Origin field; without a key, only pages listed in "
            f"{self.section}'s `allowed_origins` may have {self.have}. A page of the gateway's own "
            "origin asks by POST, since browsers send no Origin with its GET; for other clients, "
            "the gateway's operator can add `keys`"
        )


def bearer(fields: Fields) -> bytes:
    """Return the token (RFC 6750) or nothing: other schemes are somebody else's."""
    scheme, _, token = (f.first(fields, b"authorization") or b"").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""
