"""``/-/ice[/KEY]?sdk=...&mode=...``: who gets a TURN credential, and in which form.

Pure: what is decided is a ``Grant``; whoever has a clock and random numbers makes the credential.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl

from sigproxy.errors import BadRequest, KeyRefused, MethodRefused, NoRoute, OriginRefused
from sigproxy.own_pages import Reply
from sigproxy.policies.cors import Cors, CorsPolicy, is_preflight
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields

# HTTP status and what the JSON holds, for an SDK, a mode and a format; raises a GatewayError.
Answer = Callable[[str, str, str | None, Turn, Credential], tuple[int, object]]

METHODS = ("GET", "POST")  # Twilio's and Cloudflare's clients ask by POST

# Like `ttl` and `expires` in the JSON of SDKs that read members by name: seconds, and seconds since
# the epoch. What other SDKs take, such as a bare list, has no place for them.
TTL, EXPIRES = b"X-Credential-Ttl", b"X-Credential-Expires"

_PATH = b"-/ice"
_ALLOW = (b"Allow", b"GET, POST, OPTIONS")
# In place of one, to see whether an answer can be made before any is issued for it.
_SPECIMEN = Credential("0:specimen", "specimen", 60, 0)


class Request(NamedTuple):
    """What the query asks for."""

    sdk: str
    mode: str
    form: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """*admits_origins*: a page of one of the CORS policy's origins needs no key."""

    turn: Turn
    keys: KeyPolicy
    cors: CorsPolicy
    admits_origins: bool
    is_open: bool
    answer: Answer

    def judge(self, method: str, path: bytes, fields: Fields, cors: Cors) -> "Reply | Grant":
        """Return what OPTIONS is answered with, or the grant; raise a GatewayError."""
        cors.admit()
        _, key, rest = _segments(path)
        if rest:
            raise NoRoute("behind /-/ice stands a key, and nothing behind that")
        if is_preflight(method, fields):  # it has no Authorization yet
            if key:
                self._admit_key(key)
            return Reply(204, cors.preflight_fields(fields), b"", "a CORS preflight")
        if method == "OPTIONS":
            return Reply(204, [_ALLOW, *cors.error_fields()], b"", "what /-/ice can be asked")
        if method not in METHODS:
            raise MethodRefused("/-/ice is asked with GET or POST", _ALLOW)
        self._admit(key or _bearer(fields), cors)
        request = self._requested(path)
        status, _ = self.answer(*request, self.turn, _SPECIMEN)
        return Grant(self, request, cors, status)

    def _admit(self, key: bytes, cors: Cors) -> None:
        if key and self.keys.keys:
            self._admit_key(key)
        elif not self.is_open and not (self.admits_origins and cors.origin is not None):
            raise KeyRefused(_NO_KEY) if self.keys.keys else OriginRefused(_NO_ORIGIN)

    def _admit_key(self, key: bytes) -> None:
        if self.keys.keys and not self.keys.admits(key):
            raise KeyRefused("what stands at the key's place is none of the keys for /-/ice")

    def _requested(self, path: bytes) -> Request:
        query = path.partition(b"?")[2].decode("latin-1")
        pairs = parse_qsl(query, keep_blank_values=True)
        asked = dict(pairs)
        for name in ("sdk", "mode", "format"):
            if sum(name == each for each, _ in pairs) > 1:
                raise BadRequest(f"the query has {name} more than once")
        mode = asked.get("mode", self.turn.modes[0])
        return Request(asked.get("sdk", ""), mode, asked.get("format"))


class Grant(NamedTuple):
    """Who asks may have a credential."""

    page: Page
    request: Request
    cors: Cors
    status: int

    @property
    def what(self) -> str:
        return f"a TURN credential for {self.request.sdk}, mode {self.request.mode}"

    def reply(self, credential: Credential) -> Reply:
        status, content = self.page.answer(*self.request, self.page.turn, credential)
        fields = [
            (b"Cache-Control", b"no-store"),
            *self.cors.error_fields(TTL, EXPIRES),
            (TTL, b"%d" % credential.ttl_s),
            (EXPIRES, b"%d" % credential.expires_at),
            (b"Content-Type", b"application/json"),
        ]
        return Reply(status, fields, json.dumps(content).encode() + b"\n", self.what)


def is_asked(path: bytes) -> bool:
    """Return whether *path*, of an own page, is this one, with or without a key behind it."""
    return _segments(path)[0] == _PATH


def key_in(path: bytes) -> bytes | None:
    """Return what stands at the key's place in *path*, right or wrong; None if nothing does."""
    return _segments(path)[1] or None


def _segments(path: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the page's own part of *path*, what stands at the key's place, and the rest.

    Slashes count as one, and a final one as none: clients join URLs and keys.
    """
    parts = path.partition(b"?")[0].lstrip(b"/").split(b"/", 2)
    own, below = b"/".join(parts[:2]), b"/".join(parts[2:])
    key, _, rest = below.lstrip(b"/").partition(b"/")
    return own, key, rest.strip(b"/")


def _bearer(fields: Fields) -> bytes:
    """Return the token (RFC 6750) or nothing: other schemes are somebody else's."""
    scheme, _, token = (f.first(fields, b"authorization") or b"").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


_NO_KEY = "there is no key: ask for /-/ice/<key>, or send Authorization: Bearer <key>"
_NO_ORIGIN = (
    "no page's origin stands in the request, and only those in [turn]'s `allowed_origins` get TURN "
    "credentials without a key. A page of the gateway's own origin asks by POST, since browsers "
    "send no Origin with its GET; for what is no page, the gateway's operator can add `keys`"
)
