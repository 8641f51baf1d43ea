"""Access keys: a secret path segment behind a route's prefix, without which nothing is served.

A key keeps strangers out where an SDK can send no header of ours. It stands in the path because
that is what SDKs keep: ACS drops the query of its proxy URL, and repeats the path.

    https://gateway.example/<prefix>/<key>/api.example.com/v1/x
"""

import hmac
import re
from dataclasses import dataclass, field
from typing import Self

from sigproxy.errors import KeyRefused

MIN_LENGTH = 8
# Unreserved in a URL, so that no client encodes them; no "." and no ":", so that no key looks like
# a host.
_KEY = re.compile(rb"[A-Za-z0-9_~-]{%d,128}\Z" % MIN_LENGTH)


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """*keys* empty: the route has none, and everybody may use it."""

    keys: frozenset[bytes] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, *keys: str) -> Self:
        return cls(frozenset(key.encode() for key in keys))

    def segment(self, rest: bytes) -> bytes | None:
        """Return what stands at the key's place in *rest*, right or wrong; None without keys."""
        if not self.keys:
            return None
        return rest.partition(b"?")[0].lstrip(b"/").partition(b"/")[0]

    def admit(self, segment: bytes) -> None:
        """Raise KeyRefused unless *segment* is one of the keys.

        Each is compared, each in constant time: how long it takes tells nothing about any.
        """
        matches = [hmac.compare_digest(segment, key) for key in self.keys]
        if any(matches):
            return
        if looks_like_a_key(segment):
            raise KeyRefused("what stands at the access key's place is none of this route's keys")
        raise KeyRefused(
            "the path has no access key; the SDK should be told the gateway's URL with the key "
            "behind the route's prefix"
        )


def looks_like_a_key(segment: bytes) -> bool:
    return _KEY.match(segment) is not None
