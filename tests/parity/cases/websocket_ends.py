"""How a WebSocket ends, from either side (RFC 6455, 7)."""

from tests.parity.checks import client, upstream
from tests.parity.checks import websocket as messages
from tests.parity.frames import CLOSE, TEXT, close
from tests.parity.model import Case, keep
from tests.parity.requests import (
    UP,
    handshake,
    websocket,
)
from tests.parity.steps import (
    AwaitEnd,
    AwaitUpstream,
    HalfClose,
    Pause,
    ReceiveFrame,
    Reset,
    Send,
    SendFrame,
)

ECHO = f"{UP}/ws/echo"
OPEN = client.status(101)
BYE = (CLOSE, close(1000, "bye"))
HI = (SendFrame(TEXT, b"hi"), ReceiveFrame())
ANY_END = ("closed", "cut", "reset")


CASES: tuple[Case, ...] = (
    *(
        keep(
            f"ws-server-close-{code}",
            f"the upstream's close {code} and its reason",
            websocket(
                f"/ws/close/{code}",
                ReceiveFrame(),
                SendFrame(CLOSE, close(code, "bye")),
                AwaitEnd(),
            ),
            OPEN,
            messages.frames((CLOSE, close(code, "bye"))),
            client.ends(*ANY_END),
        )
        for code in (1000, 1001, 1011, 3000, 4001)
    ),
    keep(
        "ws-client-close-4002",
        "the client's close 4002 and its reason",
        websocket(
            "/ws/echo",
            SendFrame(CLOSE, close(4002, "why")),
            ReceiveFrame(),
            AwaitUpstream(ended=True),
        ),
        messages.frames((CLOSE, close(4002, "why"))),
        upstream.frame(CLOSE),
        upstream.ended(),
    ),
    keep(
        "ws-client-close-empty",
        "a close without a code",
        websocket("/ws/echo", SendFrame(CLOSE), ReceiveFrame()),
        messages.frames((CLOSE, b"")),
        upstream.frame(CLOSE),
    ),
    keep(
        "ws-client-reset",
        "the client resets: the upstream is closed within a second",
        websocket("/ws/echo", *HI, Reset(), AwaitUpstream(ended=True)),
        upstream.ended(),
    ),
    keep(
        "ws-client-end",
        "the client ends without a close",
        websocket("/ws/echo", *HI, HalfClose(), AwaitUpstream(ended=True)),
        upstream.ended(),
    ),
    keep(
        "ws-client-reset-early",
        "the client resets while the upgrade is pending",
        (
            Send(handshake("/ws/never")),
            AwaitUpstream(requests=1),
            Pause(0.1),
            Reset(),
            AwaitUpstream(ended=True),
        ),
        upstream.ended(),
    ),
    keep(
        "ws-upstream-reset",
        "the upstream resets",
        websocket("/ws/reset", AwaitEnd()),
        OPEN,
        client.ends(*ANY_END),
    ),
    keep(
        "ws-upstream-eof",
        "the upstream ends without a close",
        websocket("/ws/eof", AwaitEnd()),
        OPEN,
        client.ends(*ANY_END),
    ),
)
