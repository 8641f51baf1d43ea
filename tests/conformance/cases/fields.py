"""Field lines (RFC 9112, 5; RFC 9110, 5), Connection and Upgrade (RFC 9110, 7.6 and 7.8)."""

from tests.conformance.cases.build import (
    CLOSE,
    HOST,
    KIB,
    field,
    get,
    message,
    pipelined,
    refused,
    served,
)
from tests.conformance.model import OWN, UP, Row

_COLON = "RFC 9112, 5.1"
_TOKEN = "RFC 9110, 5.6.2"
_VALUE = "RFC 9110, 5.5"
SYNTAX = (
    *(
        refused(f"field-{name}", source, field(text))
        for name, source, text in (
            ("space-colon", _COLON, "X-A : 1"),
            ("tab-colon", _COLON, "X-A\t: 1"),
            ("no-colon", "RFC 9112, 5", "X-A"),
            ("no-name", _TOKEN, ": 1"),
            ("space-in-name", _TOKEN, "X A: 1"),
            ("name-beyond-ASCII", _TOKEN, "X-\xe9: 1"),
            ("name-slash", _TOKEN, "X/A: 1"),
            ("name-quote", _TOKEN, 'X"A: 1'),
            ("name-parenthesis", _TOKEN, "X(A): 1"),
            ("name-bracket", _TOKEN, "X[A]: 1"),
            ("name-at", _TOKEN, "X@A: 1"),
            ("name-comma", _TOKEN, "X,A: 1"),
            ("name-NUL", _TOKEN, "X\0A: 1"),
            ("name-control", _TOKEN, "X\x01A: 1"),
            ("NUL", _VALUE, "X-A: a\0b"),
            ("bare-CR", "RFC 9112, 2.2", "X-A: a\rX-B: b"),
            ("two-CR", "RFC 9112, 2.2", "X-A: a\r"),
        )
    ),
    # Refused, or made one line.
    served("field-fold", "RFC 9112, 5.2", field("X-A: a\r\n b"), 400, never="\r\n b"),
    served("field-fold-tab", "RFC 9112, 5.2", field("X-A: a\r\n\tb"), 400, never="\r\n\tb"),
    served("field-fold-Host", "RFC 9112, 5.2", get("Host:", f" {OWN}", CLOSE), 400),
    refused(
        "field-space-behind-line",
        "RFC 9112, 2.2",
        message(f"GET {UP}/x HTTP/1.1", " X-A: 1", HOST, CLOSE),
    ),
    served("field-bare-LF", "RFC 9112, 2.2", field("X-A: a\nX-B: b"), 400),
    # Invalid too, but to be kept where that is safe.
    served("field-control", _VALUE, field("X-A: a\x01b"), 400),
    served("field-DEL", _VALUE, field("X-A: a\x7fb"), 400),
    served("field-obs-text", _VALUE, field("X-A: caf\xe9")),
    served("field-empty", _VALUE, field("X-A:")),
    served("field-no-space", "RFC 9112, 5", field("X-A:1")),
    served("field-odd-token", _TOKEN, field("!#$%&'*+-.^_`|~: 1")),
)

SIZES = tuple(
    refused(f"head-{name}", "RFC 6585, 5", field(*lines), 400, 431)
    for name, lines in (
        ("long-field", ["X-A: " + "a" * 40 * KIB]),
        ("long-name", ["X" * 40 * KIB + ": a"]),
        ("endless-field", ["X-A: " + "a" * 200 * KIB]),
        ("many-fields", ["X-A: 1"] * 6000),
        ("large", ["X-A: " + "a" * 7 * KIB] * 9),
    )
)

_HOP_BY_HOP = "RFC 9110, 7.6.1"
CONNECTION = (
    *(
        served(f"hop-{text.partition(':')[0]}", _HOP_BY_HOP, field(text), never=f"\r\n{text}")
        for text in (
            "Keep-Alive: timeout=5",
            "Proxy-Connection: keep-alive",
            "TE: trailers",
            "Upgrade: foo",
        )
    ),
    served("hop-nominated", _HOP_BY_HOP, get(HOST, "X-A: 1", f"{CLOSE}, X-A"), never="\r\nX-A"),
    served("expect-unknown", "RFC 9110, 10.1.1", field("Expect: 200-ok"), 417),
    served("expect-no-body", "RFC 9110, 10.1.1", field("Expect: 100-continue")),
)

_13 = "Sec-WebSocket-Version: 13"
_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
_ASKS = "Connection: Upgrade"
_WEBSOCKET = (_ASKS, "Upgrade: websocket")
# What is behind a request to upgrade is HTTP to everybody or to nobody (CVE-2026-2833, Pingora).
UPGRADES = (
    pipelined("upgrade-foo", "RFC 9110, 7.8", get(HOST, _ASKS, "Upgrade: foo"), 200, never="foo"),
    *(
        served(f"upgrade-{name}", "RFC 9110, 7.8", get(HOST, *lines), never=never)
        for name, never, lines in (
            ("h2c", "h2c", (f"{_ASKS}, close", "Upgrade: h2c")),
            (
                "h2c-settings",
                "h2c",
                (f"{_ASKS}, HTTP2-Settings, close", "Upgrade: h2c", "HTTP2-Settings: AAMA"),
            ),
            ("TLS", "TLS/1.0", (f"{_ASKS}, close", "Upgrade: TLS/1.0")),
        )
    ),
    # Whether a handshake is right may be the upstream's to say.
    *(
        pipelined(f"websocket-{name}", "RFC 6455, 4.2.1", raw, 200, 400, 426)
        for name, raw in (
            ("no-key", get(HOST, *_WEBSOCKET, _13)),
            ("short-key", get(HOST, *_WEBSOCKET, _13, "Sec-WebSocket-Key: x")),
            ("two-keys", get(HOST, *_WEBSOCKET, _13, _KEY, _KEY)),
            ("version-777", get(HOST, *_WEBSOCKET, _KEY, "Sec-WebSocket-Version: 777")),
            ("no-version", get(HOST, *_WEBSOCKET, _KEY)),
            ("not-asked", get(HOST, "Upgrade: websocket", _13, _KEY)),
        )
    ),
    pipelined(
        "websocket-HTTP-1.0",
        "RFC 9110, 7.8",
        get(HOST, *_WEBSOCKET, _13, _KEY, version="HTTP/1.0"),
        200,
        400,
        426,
        never="websocket",
    ),
)

ROWS: tuple[Row, ...] = SYNTAX + SIZES + CONNECTION + UPGRADES
