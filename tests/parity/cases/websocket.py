"""WebSockets: the handshake is checked, then bytes are relayed (RFC 6455)."""

from sigproxy.policies.cookies import tag_of
from sigproxy.semantics.authority import Authority
from tests.parity.checks import client, upstream
from tests.parity.checks import websocket as messages
from tests.parity.frames import BINARY, CLOSE, TEXT, close
from tests.parity.model import GATEWAY, Case, Observation, decide, fix, keep, refuse
from tests.parity.requests import (
    HANDSHAKE,
    KEY,
    UP,
    WEBSOCKET,
    ask,
    get,
    handshake,
    head,
    websocket,
)
from tests.parity.steps import (
    CLOSING,
    Pause,
    Receive,
    ReceiveFrame,
    ReceiveSwitch,
    Reconnect,
    Send,
    SendFrame,
)
from tests.parity.upstream.websocket import accept_for

ECHO = f"{UP}/ws/echo"
TAG = tag_of(Authority("up.example.com")).decode()
OPEN = client.status(101)
BYE = (CLOSE, close(1000, "bye"))
HI = (SendFrame(TEXT, b"hi"), ReceiveFrame())
ANY_END = ("closed", "cut", "reset")
VERSION = "Sec-WebSocket-Version: 13"


def _upgraded_or_inside(seen: Observation) -> str | None:
    if seen.status in (101, 502):
        return None
    return client.status(302)(seen) or client.stays_inside()(seen)


HANDSHAKES: tuple[Case, ...] = (
    keep(
        "ws-echo",
        "text, binary, close; the fields of the upstream's 101 pass",
        websocket("/ws/echo?t=1", *HI, SendFrame(BINARY, b"\0\1\2"), ReceiveFrame(), *CLOSING),
        OPEN,
        client.field_like("upgrade", "(?i)^websocket$"),
        client.field_like("connection", "(?i)upgrade"),
        client.field("sec-websocket-accept", accept_for(KEY)),
        client.field("x-up", "1"),
        client.field_like("set-cookie", "^ws=1"),
        messages.frames((TEXT, b"hi"), (BINARY, b"\0\1\2"), BYE),
        upstream.got(target="/ws/echo?t=1", host="up.example.com", sni="up.example.com"),
        upstream.field_like("upgrade", "(?i)^websocket$"),
        upstream.field_like("connection", "(?i)upgrade"),
    ),
    keep(
        "ws-cookie",
        "a client's cookies reach the upstream with the handshake",
        websocket("/ws/echo", *CLOSING, fields=("Cookie: c=1",)),
        OPEN,
        upstream.field("cookie", "c=1"),
    ),
    decide(
        "ws-cookie-of-others",
        "of a page's cookies only those go along that the upstream has set",
        websocket(
            "/ws/echo",
            *CLOSING,
            fields=("Origin: https://app.example", f"Cookie: sso=1; {TAG}c=1"),
        ),
        OPEN,
        upstream.field("cookie", "c=1"),
    ),
    keep(
        "ws-fields",
        "the fields of the handshake reach the upstream",
        websocket(
            "/ws/echo",
            *CLOSING,
            fields=(
                "Origin: https://app.example",
                "Authorization: Bearer t",
                "X-Custom: 1",
            ),
        ),
        OPEN,
        upstream.field("origin", "https://app.example"),
        upstream.field("authorization", "Bearer t"),
        upstream.field("x-custom", "1"),
        upstream.field_like("x-forwarded-for", r"^127\.0\.0"),
        upstream.field_like("x-real-ip", r"^127\.0\.0"),
    ),
    keep(
        "ws-key",
        "the client's own key and version, end to end",
        websocket("/ws/echo", *CLOSING),
        OPEN,
        upstream.field("sec-websocket-key", KEY),
        upstream.field("sec-websocket-version", "13"),
    ),
    keep(
        "ws-subprotocol",
        "the upstream chooses the subprotocol",
        websocket("/ws/echo", *CLOSING, fields=("Sec-WebSocket-Protocol: v1.trouter, v2.trouter",)),
        OPEN,
        client.field("sec-websocket-protocol", "v2.trouter"),
        upstream.field_like("sec-websocket-protocol", "^v1.trouter, ?v2.trouter$"),
    ),
    keep(
        "ws-subprotocol-lines",
        "subprotocols in two lines",
        websocket(
            "/ws/echo", *CLOSING, fields=("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b")
        ),
        OPEN,
        client.field("sec-websocket-protocol", "b"),
        upstream.field_like("sec-websocket-protocol", "^a, ?b$"),
    ),
    keep(
        "ws-no-subprotocol",
        "none is offered, none is answered",
        websocket("/ws/echo", *CLOSING),
        OPEN,
        client.no_field("sec-websocket-protocol"),
        upstream.no_field("sec-websocket-protocol"),
    ),
    keep(
        "ws-connection-list",
        "Firefox: Connection: keep-alive, Upgrade",
        (
            Send(head(ECHO, "Connection: keep-alive, Upgrade", "Upgrade: websocket", *HANDSHAKE)),
            ReceiveSwitch(),
            *HI,
        ),
        OPEN,
        messages.frames((TEXT, b"hi")),
    ),
    keep(
        "ws-upper",
        "Upgrade: WebSocket, in another case",
        (
            Send(head(ECHO, "Connection: upgrade", "Upgrade: WebSocket", *HANDSHAKE)),
            ReceiveSwitch(),
            *HI,
        ),
        OPEN,
        messages.frames((TEXT, b"hi")),
    ),
    decide(
        "ws-own-name",
        "the own authority is peeled here too",
        (Send(head(f"/{GATEWAY}{ECHO}", *WEBSOCKET, *HANDSHAKE)), ReceiveSwitch(), *HI),
        OPEN,
        messages.frames((TEXT, b"hi")),
        upstream.got(host="up.example.com", target="/ws/echo"),
    ),
    decide(
        "ws-foreign-origin",
        "a page of an origin that is not allowed opens no WebSocket",
        (Send(handshake("/ws/echo", "Origin: https://foreign.example")), Receive()),
        client.refused(403),
    ),
    decide(
        "ws-no-slash",
        "watchRTC: a host and a query, no path",
        (Send(handshake("?apiKey=abc")), Receive()),
        upstream.got(target="/?apiKey=abc"),
        upstream.field_like("upgrade", "websocket"),
    ),
)


REFUSALS: tuple[Case, ...] = (
    keep(
        "ws-reject",
        "a refusal crosses with status, fields and body",
        (Send(handshake("/ws/reject")), Receive()),
        client.status(403),
        client.body(b"denied"),
        client.field("x-why", "denied"),
    ),
    fix(
        "ws-400",
        "a refusal with 400 crosses; the sample makes 404 of it",
        (Send(handshake("/ws/400")), Receive()),
        client.status(400),
        client.body(b"bad ws"),
    ),
    keep(
        "ws-reject-leak",
        "five refusals leave at most one (pooled) connection",
        (*(Send(handshake("/ws/reject")), Receive(), Reconnect()) * 5, Pause(0.3)),
        upstream.ended(open_at_most=1),
    ),
    decide(
        "ws-302",
        "a redirected handshake is followed as one, or points into the gateway",
        (Send(handshake("/ws/302")), Receive()),
        _upgraded_or_inside,
    ),
    keep(
        "ws-down",
        "an upstream that is down: 502, not 101",
        ask(head("/down.example.com/ws", *WEBSOCKET, *HANDSHAKE)),
        client.status(502, 503),
    ),
    refuse(
        "ws-wrong-accept",
        "a 101 that does not answer the key (RFC 6455, 4.1)",
        (Send(handshake("/ws/wrong-accept")), Receive()),
        client.status(502),
    ),
    refuse(
        "ws-bypass",
        "what is refused for HTTP is refused here",
        ask(head("/127.45.0.1:443/.com/ws", *WEBSOCKET, *HANDSHAKE)),
        client.refused(),
        upstream.unforbidden(),
    ),
    refuse(
        "ws-ssrf",
        "a name with a forbidden address",
        ask(head("/ssrf.example.com/ws/echo", *WEBSOCKET, *HANDSHAKE)),
        client.refused(403, 502),
        upstream.unforbidden(),
    ),
    refuse(
        "ws-no-connection",
        "Upgrade without Connection: Upgrade (RFC 9110, 7.8)",
        ask(head(ECHO, "Upgrade: websocket", *HANDSHAKE)),
        client.status(200, 400, 426),
        timeout_s=2,
    ),
    *(
        decide(f"ws-{name}", note, ask(data), client.refused(400, 426), timeout_s=2)
        for name, note, data in (
            (
                "post",
                "a handshake is a GET (RFC 6455, 4.1)",
                head(ECHO, *WEBSOCKET, *HANDSHAKE, method="POST"),
            ),
            (
                "http10",
                "a handshake is HTTP/1.1 (RFC 6455, 4.1)",
                head(ECHO, *WEBSOCKET, *HANDSHAKE, version="HTTP/1.0"),
            ),
            (
                "lost-upgrade",
                "a handshake whose Upgrade a proxy in front has lost is no GET for the vendor",
                head(ECHO, *HANDSHAKE),
            ),
            ("no-key", "a handshake has a key (RFC 6455, 4.1)", head(ECHO, *WEBSOCKET, VERSION)),
            (
                "bad-key",
                "the key has 16 bytes (RFC 6455, 4.1)",
                head(ECHO, *WEBSOCKET, VERSION, "Sec-WebSocket-Key: c2hvcnQ="),
            ),
            (
                "version-8",
                "the version is 13 (RFC 6455, 4.1)",
                head(ECHO, *WEBSOCKET, "Sec-WebSocket-Version: 8", f"Sec-WebSocket-Key: {KEY}"),
            ),
        )
    ),
)

# Played last: whatever was sent before, the gateway still serves.
ALIVE = (
    keep(
        "zz-alive",
        "after all of this, a plain GET",
        get(f"{UP}/alive"),
        client.status(200),
        upstream.requests(1),
    ),
)

CASES = HANDSHAKES + REFUSALS + ALIVE
