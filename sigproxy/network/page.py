"""``/-/network[/KEY]``: a page that shows what a network lets through, and what that page asks.

    /-/network[/KEY]         the page
    /-/network/plan[/KEY]    what there is to try, as JSON
    /-/network/echo[/KEY]    a WebSocket that sends back what it gets
    /-/network/ice[/KEY]     ICE servers, as /-/ice?sdk=webrtc answers with

Pure: what is decided is a ``Visit`` or a ``Grant``; whoever has sockets and clocks acts on it.
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

from sigproxy import ice_page
from sigproxy.errors import BadTarget, NoRoute, UpgradeRequired
from sigproxy.errors.media import TurnOff
from sigproxy.ice_page import Grant
from sigproxy.network.document import Document
from sigproxy.network.plan import Facts, Plan
from sigproxy.own_pages import Reply, guarded, keyed
from sigproxy.policies.callers import Callers, bearer
from sigproxy.policies.cors import Cors
from sigproxy.semantics import upgrade
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields

OWN = b"-/network"
PAGE, PLAN, ECHO, ICE = b"", b"plan", b"echo", b"ice"

# By POST a browser names its page's origin, also to the gateway itself.
_METHODS = {PAGE: ("GET", "HEAD"), PLAN: ("GET", "POST"), ECHO: ("GET",), ICE: ("GET", "POST")}
_ICE = ice_page.Request("webrtc", "auto", None)
_NO_STORE = (b"Cache-Control", b"no-store")


class Asked(NamedTuple):
    """What a path asks for: one of the four, and what stands at the key's place."""

    part: bytes
    key: bytes
    rest: bytes  # there should be nothing


def asked(path: bytes) -> Asked | None:
    """Return what *path*, of an own page, asks of the network test; None if it is another page's.

    No key is as short as "plan".
    """
    own, first, rest = keyed(path)
    if own != OWN:
        return None
    if first not in (PLAN, ECHO, ICE):
        return Asked(PAGE, first, rest)
    key, _, rest = rest.partition(b"/")
    return Asked(first, key, rest)


@dataclass(frozen=True, slots=True)
class Request:
    """As much of a request as the test decides by.

    *own*: the names by which this client may know the gateway. *prefix*: what a proxy in front has
    taken away from the path.
    """

    method: str
    version: tuple[int, int]
    path: bytes
    fields: Fields
    own: frozenset[Authority]
    prefix: bytes


class Visit(NamedTuple):
    """Who asks may have the page, the plan or the echo."""

    page: "Page"
    part: bytes
    key: bytes
    cors: Cors
    request: Request
    websocket_key: bytes | None  # for the echo

    @property
    def what(self) -> str:
        return {PAGE: "the network test's page", PLAN: "what the network test tries"}.get(
            self.part, "the network test's WebSocket"
        )

    @property
    def status(self) -> int:
        return 101 if self.part == ECHO else 200

    def document(self) -> Reply:
        fields = self.page.document.fields(self.request.own)
        return Reply(200, [*fields, _NO_STORE], self.page.document.html, self.what)

    def plan(self, facts: Facts) -> Reply:
        where = self.request.prefix + b"/" + OWN
        key = self.key if self.page.callers.keys.keys else b""
        content = self.page.plan.content(where, key, facts)
        fields = [_NO_STORE, *self.cors.error_fields(), (b"Content-Type", b"application/json")]
        return Reply(200, fields, json.dumps(content).encode() + b"\n", self.what)

    def switching(self) -> list[Field]:
        """Return the fields of the 101."""
        assert self.websocket_key is not None
        return [
            (b"Connection", b"Upgrade"),
            (b"Upgrade", b"websocket"),
            (b"Sec-WebSocket-Accept", upgrade.accept_for(self.websocket_key)),
        ]


@dataclass(frozen=True, slots=True)
class Page:
    """*ice*: what may be tried of [turn], for whom the network test is; None without [turn]."""

    callers: Callers
    document: Document
    plan: Plan
    ice: ice_page.Page | None

    def cors(self, request: Request) -> Cors:
        """Return the verdict on the page that asks: the gateway's own is no foreign one."""
        judged = self.callers.cors.judge(request.fields)
        if judged.foreign is not None and _is_own(judged.foreign, request.own):
            return Cors(None, any_origin=False)
        return judged

    def judge(self, request: Request, cors: Cors) -> Reply | Visit | Grant:
        """Return what OPTIONS is answered with, or what is granted; raise a GatewayError."""
        wanted = asked(request.path)
        if wanted is None or wanted.rest:
            raise NoRoute(
                "only an access key may follow /-/network, /-/network/plan, .../echo and .../ice"
            )
        methods = _METHODS[wanted.part]
        key = wanted.key
        answer = guarded(self.callers, methods, request.method, key, request.fields, cors)
        if answer is not None:
            return answer
        if wanted.part == ICE:
            return self._grant(cors)
        websocket_key = _handshake(request) if wanted.part == ECHO else None
        return Visit(self, wanted.part, key or bearer(request.fields), cors, request, websocket_key)

    def _grant(self, cors: Cors) -> Grant:
        if self.ice is None:
            raise TurnOff("this gateway gives no TURN credentials: its configuration has no [turn]")
        return self.ice.grant(_ICE, cors)


def _handshake(request: Request) -> bytes:
    found = upgrade.key_of(request.method, request.version, request.fields)
    if found is None:
        raise UpgradeRequired(
            "here is a WebSocket: ask with new WebSocket(url)",
            (b"Upgrade", b"websocket"),
            (b"Connection", b"Upgrade"),
        )
    return found


def _is_own(origin: bytes, own: frozenset[Authority]) -> bool:
    _, separator, name = origin.partition(b"://")
    try:
        return bool(separator) and Authority.parse(name) in own
    except BadTarget:
        return False
