"""What a client can do, one small value each."""

import time
import zlib
from dataclasses import dataclass

from tests.parity import frames, messages
from tests.parity.record import Frame
from tests.parity.session import Session, Stop

_FLUSH = b"\x00\x00\xff\xff"


@dataclass(frozen=True, slots=True)
class Send:
    """Send bytes as they are."""

    data: bytes

    def run(self, session: Session) -> None:
        session.observation.sent = time.monotonic()
        session.client.send(self.data)


@dataclass(frozen=True, slots=True)
class Receive:
    """Read a response to *method*; without one the script ends."""

    method: str = "GET"

    def run(self, session: Session) -> None:
        response = messages.read_response(session.client, self.method, session.deadline)
        if response is None:
            raise Stop
        session.observation.responses.append(response)


@dataclass(frozen=True, slots=True)
class ReceiveSwitch:
    """Read the answer to a WebSocket handshake; anything but a 101 ends the script."""

    def run(self, session: Session) -> None:
        Receive().run(session)
        if session.observation.responses[-1].status != 101:
            raise Stop


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float

    def run(self, session: Session) -> None:
        time.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class AwaitEnd:
    """Read until the gateway ends the connection, for a second and a half at most."""

    seconds: float = 1.5

    def run(self, session: Session) -> None:
        deadline = time.monotonic() + self.seconds
        while session.client.fill(deadline):
            pass


@dataclass(frozen=True, slots=True)
class AwaitUpstream:
    """Wait until the upstream has *requests*, a *body*, or until its connections have *ended*."""

    requests: int = 0
    body: bool = False
    ended: bool = False
    within_s: float = 1.0

    def run(self, session: Session) -> None:
        give_up = time.monotonic() + self.within_s
        while not self._is_met(session) and time.monotonic() < give_up:
            time.sleep(0.01)

    def _is_met(self, session: Session) -> bool:
        record = session.observation.record
        if len(record.requests) < self.requests:
            return False
        if self.body and not any(each.body_began for each in record.requests):
            return False
        return not self.ended or all(each.ended for each in record.connections)


@dataclass(frozen=True, slots=True)
class HalfClose:
    def run(self, session: Session) -> None:
        session.client.half_close()


@dataclass(frozen=True, slots=True)
class Reset:
    def run(self, session: Session) -> None:
        session.client.reset()


@dataclass(frozen=True, slots=True)
class Reconnect:
    def run(self, session: Session) -> None:
        session.reconnect()


@dataclass(frozen=True, slots=True)
class SendFrame:
    opcode: int
    payload: bytes = b""
    final: bool = True
    masked: bool = True

    def run(self, session: Session) -> None:
        frame = Frame(self.opcode, self.payload, self.final, masked=self.masked)
        session.client.send(frames.encode(frame))


@dataclass(frozen=True, slots=True)
class SendDeflated:
    """Send a text message with permessage-deflate (RFC 7692)."""

    payload: bytes

    def run(self, session: Session) -> None:
        deflate = zlib.compressobj(wbits=-15)
        packed = deflate.compress(self.payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
        frame = Frame(frames.TEXT, packed.removesuffix(_FLUSH), reserved=frames.RSV1, masked=True)
        session.client.send(frames.encode(frame))


@dataclass(frozen=True, slots=True)
class ReceiveFrame:
    """Read a message or a control frame; without one the script ends."""

    def run(self, session: Session) -> None:
        frame = messages.read_frame(session.client, session.deadline)
        if frame is None:
            raise Stop
        session.observation.frames.append(frame)


@dataclass(frozen=True, slots=True)
class Burst:
    """Send *count* small messages at once and read their echoes, in order."""

    count: int

    def run(self, session: Session) -> None:
        payloads = [b"m%d" % number for number in range(self.count)]
        every = (Frame(frames.TEXT, payload, masked=True) for payload in payloads)
        session.client.send(b"".join(map(frames.encode, every)))
        for number, payload in enumerate(payloads):
            echo = messages.read_frame(session.client, session.deadline)
            if echo is None or echo.payload != payload:
                session.observation.problems.append(f"message {number} came back as {echo}")
                return


CLOSE = SendFrame(frames.CLOSE, frames.close(1000, "bye"))
CLOSING = (CLOSE, ReceiveFrame())
