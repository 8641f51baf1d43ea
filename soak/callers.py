"""SDKs, each with one WebSocket on which it sends numbered messages."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from soak import messages
from soak.account import WEBSOCKET, Kind
from soak.gateway import GONE, OPEN_S, Gateway
from soak.ledger import Ledger, Session
from soak.plan import Plan
from tests.lab.client import Client
from tests.lab.frames import BINARY, CLOSE, close, frame, handshake
from tests.lab.wire import read_body

NORMAL, RESTART = 1000, 1012
STALL_S = 20.0  # a message that is not acknowledged for so long is lost
VANISHING = 1 / 250  # of the messages are the last before a phone has no network any more
VANISHING_IN_THE_END = 0.25  # of the callers; the others say goodbye
MOST_WAITS = 3  # of the back-off's doublings
CUT = "the connection ended without a Close frame"


class Unacknowledged(NamedTuple):
    payload: bytes
    sent_s: float


class End(NamedTuple):
    """How a session ended, if not as its caller wished."""

    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Keeps a WebSocket open: comes back when it is cut, later and later while it is refused."""

    number: int
    gateway: Gateway
    plan: Plan
    ledger: Ledger

    async def run(self) -> None:
        session, refusals = 0, 0
        wait_s = random.uniform(0, self.plan.arrival_s)
        while await self.ledger.rest(wait_s):
            session += 1
            was_open = await self._session(f"{self.number}/{session}")
            refusals = 0 if was_open else min(refusals + 1, MOST_WAITS)
            wait_s = random.uniform(0, self.plan.back_off_s * 2**refusals)

    async def _session(self, name: str) -> bool:
        """Open a WebSocket and hold it until it ends; return whether it was opened."""
        begun_s = monotonic()
        account = self.ledger.sessions[name] = Session()
        conversation = None
        try:
            client, end = await self._open(name)
            if client is not None:
                account.opened_s = monotonic()
                conversation = Conversation(name, client, self.plan, self.ledger, account)
                end = await conversation.run()
        except GONE as error:
            end = End(Kind.CUT, f"in the handshake: {error!r}")
        except (TimeoutError, AssertionError):
            end = End(Kind.WRONG, f"no answer to the handshake within {OPEN_S:g} s")
        account.ended_s = monotonic()
        if end is not None:
            account.end = end.kind
            self.ledger.fail(end.kind, name, WEBSOCKET, end.detail, begun_s, begun_s)
        return conversation is not None

    async def _open(self, name: str) -> tuple[Client | None, End | None]:
        client = await self.gateway.connect()
        try:
            async with asyncio.timeout(OPEN_S):
                head = await handshake(client, self.gateway.target(f"/ws?name={name}"))
            if head.status == 101:
                return client, None
            await read_body(client.reader, head)
        except BaseException:
            client.close()
            raise
        client.close()
        kind = Kind.TERMINATED if head.error == "connection_terminated" else Kind.WRONG
        return None, End(kind, f"the handshake is answered {head.status} {head.body[:300]!r}")


class Conversation:
    """One open WebSocket: speaks now and then, expects each message back."""

    def __init__(
        self, name: str, client: Client, plan: Plan, ledger: Ledger, account: Session
    ) -> None:
        self._name = name
        self._client = client
        self._pause_s = plan.message_every_s
        self._leave_s = plan.back_off_s
        self._ledger = ledger
        self._account = account
        self._pending: deque[Unacknowledged] = deque()
        self._loop = asyncio.get_running_loop()
        self._timer = self._speak_later()
        self._is_leaving = False
        self._has_vanished = False
        self._end: End | None = None

    async def run(self) -> End | None:
        """Return once the WebSocket has gone; how, if it was not our wish."""
        self._ledger.guests.add(self)
        if self._ledger.leaving.is_set():  # it was opened while the others went
            self.leave()
        try:
            return await self._listen()
        finally:
            self._ledger.guests.discard(self)
            self._timer.cancel()
            self._client.close()

    async def _listen(self) -> End | None:
        frames = messages.Frames()
        try:
            while data := await self._client.reader.read(1 << 16):
                for opcode, payload in frames.feed(data):
                    if opcode == CLOSE:
                        return await self._closed(int.from_bytes(payload[:2], "big"))
                    self._acknowledged(opcode, payload)
        except GONE:
            pass
        if self._has_vanished:
            return None
        return self._end or End(Kind.CUT, CUT)

    async def _closed(self, code: int) -> End | None:
        """A Close frame has come: answer it if it is none itself, and see the connection end."""
        if code == NORMAL and self._is_leaving:
            end = End(Kind.WRONG, f"{len(self._pending)} unacknowledged") if self._pending else None
        else:
            self._client.send(close(code, masked=True))
            kind = Kind.GOODBYE if code == RESTART else Kind.WRONG
            end = End(kind, f"closed with {code}")
        self._timer.cancel()
        try:
            await self._client.closed()
        except AssertionError:
            return End(Kind.WRONG, "still open after the closing handshake")
        return self._end or end

    def _acknowledged(self, opcode: int, payload: bytes) -> None:
        if not self._pending or opcode != BINARY or payload != self._pending[0].payload:
            self._give_up("what came back is not the message that was sent first")
            return
        self._ledger.round_trips_s.append(monotonic() - self._pending.popleft().sent_s)
        self._ledger.acknowledged += 1
        self._account.acknowledged += 1

    def _speak_later(self) -> asyncio.TimerHandle:
        return self._loop.call_later(self._pause_s * random.uniform(0.5, 1.5), self._speak)

    def _speak(self) -> None:
        now_s = monotonic()
        if self._pending and now_s - self._pending[0].sent_s > STALL_S:
            self._give_up(f"a message was not acknowledged for {STALL_S:g} s")
        if self._client.writer.is_closing():
            return
        size = messages.SIZES[self._account.sent % len(messages.SIZES)]
        self._account.sent += 1
        payload = messages.message(self._name, self._account.sent, size)
        self._pending.append(Unacknowledged(payload, now_s))
        self._client.send(frame(BINARY, payload, masked=True))
        if random.random() < VANISHING:
            self._vanish()
        else:
            self._timer = self._speak_later()

    def _vanish(self) -> None:
        """Go without a word, in the middle of whatever it is."""
        self._has_vanished = True
        self._client.vanish()

    def _give_up(self, why: str) -> None:
        self._end = self._end or End(Kind.WRONG, why)
        self._client.vanish()

    def leave(self) -> None:
        """Go, most with Close 1000, not in the same moment as everybody else."""
        self._timer.cancel()
        go = self._vanish if random.random() < VANISHING_IN_THE_END else self._say_goodbye
        self._timer = self._loop.call_later(random.uniform(0, self._leave_s), go)

    def _say_goodbye(self) -> None:
        self._is_leaving = True
        if not self._client.writer.is_closing():
            self._client.send(close(NORMAL, masked=True))
        self._timer = self._loop.call_later(
            STALL_S, self._give_up, f"no answer to our Close within {STALL_S:g} s"
        )
