"""What crosses an open WebSocket, and how it ends (RFC 6455, 5 and 7)."""

from tests.parity.checks import client, upstream
from tests.parity.checks import websocket as messages
from tests.parity.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, encode
from tests.parity.model import Case, decide, fix, keep
from tests.parity.record import Frame
from tests.parity.requests import (
    HANDSHAKE,
    UP,
    WEBSOCKET,
    handshake,
    head,
    websocket,
)
from tests.parity.steps import (
    CLOSING,
    AwaitEnd,
    Burst,
    Pause,
    ReceiveFrame,
    ReceiveSwitch,
    Send,
    SendDeflated,
    SendFrame,
)
from tests.parity.upstream.websocket import FLOOD_FRAME, FLOOD_FRAMES

ECHO = f"{UP}/ws/echo"
OPEN = client.status(101)
BYE = (CLOSE, close(1000, "bye"))
HI = (SendFrame(TEXT, b"hi"), ReceiveFrame())
ANY_END = ("closed", "cut", "reset")
CLEAR = b"hello hello hello hello"
EAGER = encode(Frame(TEXT, b"eager", masked=True))


MESSAGES: tuple[Case, ...] = (
    keep(
        "ws-deflate",
        "permessage-deflate (RFC 7692)",
        websocket(
            "/ws/echo",
            SendDeflated(CLEAR),
            ReceiveFrame(),
            *CLOSING,
            fields=("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",),
        ),
        OPEN,
        messages.inflated(CLEAR),
    ),
    keep(
        "ws-no-deflate",
        "the upstream declines the extension",
        websocket(
            "/ws/nodeflate", *HI, *CLOSING, fields=("Sec-WebSocket-Extensions: permessage-deflate",)
        ),
        OPEN,
        client.no_field("sec-websocket-extensions"),
        messages.frames((TEXT, b"hi"), BYE),
    ),
    keep(
        "ws-fragments",
        "a message in two frames",
        websocket(
            "/ws/echo",
            SendFrame(TEXT, b"frag", final=False),
            SendFrame(CONTINUATION, b"ment"),
            ReceiveFrame(),
            *CLOSING,
        ),
        OPEN,
        messages.frames((TEXT, b"fragment"), BYE),
    ),
    keep(
        "ws-empty",
        "an empty message",
        websocket("/ws/echo", SendFrame(TEXT), ReceiveFrame(), *CLOSING),
        messages.frames((TEXT, b""), BYE),
    ),
    keep(
        "ws-ping",
        "the client's ping gets its pong, from the upstream: liveness is end to end",
        websocket("/ws/echo", SendFrame(PING, b"c-ping"), ReceiveFrame(), *CLOSING),
        OPEN,
        messages.frames((PONG, b"c-ping"), BYE),
        upstream.frame(PING),
    ),
    keep(
        "ws-server-ping",
        "the upstream's ping reaches the client, its pong the upstream",
        websocket("/ws/ping", ReceiveFrame(), SendFrame(PONG, b"srv-ping"), *CLOSING),
        OPEN,
        messages.frames((PING, b"srv-ping"), BYE),
        upstream.frame(PONG),
    ),
    keep(
        "ws-push",
        "a frame in one segment with the 101",
        websocket("/ws/push", ReceiveFrame(), *CLOSING),
        OPEN,
        messages.frames((TEXT, b"pushed-with-101"), BYE),
    ),
    keep(
        "ws-push-eof",
        "a frame with the 101, then the end",
        websocket("/ws/push-eof", ReceiveFrame(), AwaitEnd()),
        OPEN,
        messages.frames((TEXT, b"pushed-with-101")),
        client.ends(*ANY_END),
    ),
    keep(
        "ws-odd-switch",
        "a 101 in other cases, with a length and more in Connection",
        websocket("/ws/odd-switch", *HI, *CLOSING),
        OPEN,
        messages.frames((TEXT, b"hi"), BYE),
    ),
    fix(
        "ws-interim",
        "a 103 before the 101 (RFC 9110, 15.2); the sample does not answer",
        websocket("/ws/interim", *HI, *CLOSING),
        OPEN,
        messages.frames((TEXT, b"hi"), BYE),
        timeout_s=1.5,
    ),
    keep(
        "ws-eager",
        "a frame in one segment with the handshake",
        (Send(handshake("/ws/echo") + EAGER), ReceiveSwitch(), ReceiveFrame(), *CLOSING),
        OPEN,
        messages.frames((TEXT, b"eager"), BYE),
    ),
    keep(
        "ws-1m",
        "a message of 1.2 MB",
        websocket("/ws/echo", SendFrame(BINARY, b"B" * 1_200_000), ReceiveFrame(), *CLOSING),
        OPEN,
        messages.message_of(1_200_000),
    ),
    keep(
        "ws-5m",
        "a message of 5 MB",
        websocket("/ws/echo", SendFrame(BINARY, b"B" * 5_000_000), ReceiveFrame(), *CLOSING),
        OPEN,
        messages.message_of(5_000_000),
    ),
    keep(
        "ws-burst",
        "1,000 messages at once, in order, none lost",
        websocket("/ws/echo", Burst(1000)),
        OPEN,
    ),
    keep(
        "ws-slow-reader",
        "a client that does not read holds the upstream back",
        websocket("/ws/flood", Pause(1.2)),
        OPEN,
        upstream.sent_at_most(FLOOD_FRAMES * len(FLOOD_FRAME.payload) // 2),
    ),
    decide(
        "ws-unmasked",
        "an unmasked frame is the upstream's to judge",
        websocket("/ws/echo", SendFrame(TEXT, b"hi", masked=False), ReceiveFrame()),
        messages.frames((TEXT, b"hi")),
        sample_agrees="it relays bytes",
    ),
    decide(
        "ws-reserved",
        "a frame with unknown bits is the client's to judge",
        websocket("/ws/badframe", ReceiveFrame()),
        messages.frames((3, b"xx")),
        sample_agrees="it relays bytes",
    ),
    decide(
        "ws-bad-utf8",
        "text that is no UTF-8 is the upstream's to judge",
        websocket("/ws/echo", SendFrame(TEXT, b"\xff\xfe"), ReceiveFrame()),
        messages.frames((TEXT, b"\xff\xfe")),
        sample_agrees="it relays bytes",
    ),
    fix(
        "ws-idle",
        "an idle WebSocket lives longer than a minute; the sample cuts it",
        (
            Send(head("/idle.background.example.com/ws/echo", *WEBSOCKET, *HANDSHAKE)),
            ReceiveSwitch(),
            Pause(61.5),
            *HI,
        ),
        OPEN,
        messages.frames((TEXT, b"hi")),
        in_background=True,
    ),
)


CASES = MESSAGES
