"""Access keys: a secret path segment after a route's prefix; requests without it are refused.

A key keeps strangers out, although SDKs cannot send a header of ours. It is in the path because
SDKs keep the path of their proxy URL: ACS drops the query, and repeats the path.

    https://gateway.example/<prefix>/<key>/api.example.com/v1/x
"""

import re
import secrets
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

from sigproxy.errors import KeyRefused

MIN_LENGTH = 8
# Unreserved characters, which no client percent-encodes (RFC 3986, 2.3); without "." and ":", so
# that no key looks like a host.
_KEY = re.compile(rb"[A-Za-z0-9_~-]{%d,128}\Z" % MIN_LENGTH)
_SECRET = secrets.token_bytes(32)  # different in each process


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """*keys* empty: the route has none, and everybody may use it."""

    keys: frozenset[bytes] = field(default=frozenset(), repr=False)
    _digests: frozenset[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_digests", frozenset(map(_digest, self.keys)))

    @classmethod
    def of(cls, *keys: str) -> Self:
        return cls(frozenset(key.encode() for key in keys))

    def segment(self, rest: bytes) -> bytes | None:
        """Return the segment in the key's place in *rest*, valid or not; None without keys."""
        if not self.keys:
            return None
        return rest.partition(b"?")[0].lstrip(b"/").partition(b"/")[0]

    def admits(self, segment: bytes) -> bool:
        """Return whether *segment* is one of the keys.

        The lookup is by a digest with a random secret: its time does not reveal how much of a
        guess was right (a timing attack), and does not grow with the number of keys.
        """
        return _digest(segment) in self._digests

    def admit(self, segment: bytes) -> None:
        """Raise KeyRefused unless *segment* is one of the keys."""
        if self.admits(segment):
            return
        if looks_like_a_key(segment):
            raise KeyRefused("the access key in the path is not one of this route's keys")
        raise KeyRefused(
            "the path has no access key; set the SDK's proxy URL to the gateway's URL with the key "
            "after the route's prefix, as the page shim's: /<prefix>/<key>/-/shim.js"
        )


def looks_like_a_key(segment: bytes) -> bool:
    return _KEY.match(segment) is not None


def _digest(segment: bytes) -> bytes:
    return blake2b(segment, key=_SECRET, digest_size=16).digest()
