"""``/-/ice[/KEY]?sdk=...&mode=...``: who gets a TURN credential, and in which form.

Pure: what is decided is a ``Grant``; whoever has a clock and random numbers makes the credential.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl

from sigproxy.errors import BadRequest, NoRoute
from sigproxy.own_pages import Reply, guarded, keyed
from sigproxy.policies.callers import Callers
from sigproxy.policies.cors import Cors
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.fields import Fields

# HTTP status and what the JSON holds, for an SDK, a mode and a format; raises a GatewayError.
Answer = Callable[[str, str, str | None, Turn, Credential], tuple[int, object]]

METHODS = ("GET", "POST")  # Twilio's and Cloudflare's clients ask by POST

# Like `ttl` and `expires` in the JSON of SDKs that read members by name: seconds, and seconds since
# the epoch. What other SDKs take, such as a bare list, has no place for them.
TTL, EXPIRES = b"X-Credential-Ttl", b"X-Credential-Expires"

_PATH = b"-/ice"
# In place of one, to see whether an answer can be made before any is issued for it.
_SPECIMEN = Credential("0:specimen", "specimen", 60, 0)


class Request(NamedTuple):
    """What the query asks for."""

    sdk: str
    mode: str
    form: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The TURN server, who gets credentials for it, and what makes the answer of them."""

    turn: Turn
    callers: Callers
    answer: Answer

    def judge(self, method: str, path: bytes, fields: Fields, cors: Cors) -> "Reply | Grant":
        """Return what OPTIONS is answered with, or the grant; raise a GatewayError."""
        _, key, rest = keyed(path)
        if rest:
            raise NoRoute("behind /-/ice stands a key, and nothing behind that")
        answer = guarded(self.callers, METHODS, method, key, fields, cors)
        if answer is not None:
            return answer
        return self.grant(self._requested(path), cors)

    def grant(self, request: Request, cors: Cors) -> "Grant":
        """Return the grant for who may have one; raise a GatewayError if there is no answer."""
        status, _ = self.answer(*request, self.turn, _SPECIMEN)
        return Grant(self, request, cors, status)

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
    return keyed(path)[0] == _PATH


def key_in(path: bytes) -> bytes | None:
    """Return what stands at the key's place in *path*, right or wrong; None if nothing does."""
    return keyed(path)[1] or None
