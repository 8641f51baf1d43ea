"""Access keys: a secret path segment behind a route's prefix, without which nothing is served.

A key keeps strangers out where an SDK can send no header of ours. It stands in the path because
that is what SDKs keep: ACS drops the query of its proxy URL, and repeats the path.

    https://gateway.example/<prefix>/<key>/api.example.com/v1/x
"""

import re
import secrets
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

from sigproxy.errors import KeyRefused

MIN_LENGTH = 8
# Unreserved in a URL, so that no client encodes them; no "." and no ":", so that no key looks like
# a host.
_KEY = re.compile(rb"[A-Za-z0-9_~-]{%d,128}\Z" % MIN_LENGTH)
_SECRET = secrets.token_bytes(32)  # drawn anew in each process


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
        """Return what stands at the key's place in *rest*, right or wrong; None without keys."""
        if not self.keys:
            return None
        return rest.partition(b"?")[0].lstrip(b"/").partition(b"/")[0]

    def admits(self, segment: bytes) -> bool:
        """Return whether *segment* is one of the keys.

        What is looked up is a digest under a secret that nobody knows: how long that takes says
        nothing about how much of a guess was right, and is the same for one key and for many.
        """
        return _digest(segment) in self._digests

    def admit(self, segment: bytes) -> None:
        """Raise KeyRefused unless *segment* is one of the keys."""
        if self.admits(segment):
            return
        if looks_like_a_key(segment):
            raise KeyRefused("what stands at the access key's place is none of this route's keys")
        raise KeyRefused(
            "the path has no access key; the SDK should be told the gateway's URL with the key "
            "behind the route's prefix"
        )


def looks_like_a_key(segment: bytes) -> bool:
    return _KEY.match(segment) is not None


def _digest(segment: bytes) -> bytes:
    return blake2b(segment, key=_SECRET, digest_size=16).digest()
