"""A small TURN client (RFC 8656): to see whether a server relays, and what it refuses."""

import asyncio
import secrets
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Self

from sigproxy.semantics import stun
from sigproxy.semantics.stun import Address, Attribute, Kind, Message, Method
from sigproxy.tools.turn_link import Link, StreamLink

UNAUTHENTICATED, STALE_NONCE = 401, 438
_NEITHER = (0, "the server answers with no success and no error")
_TRANSPORT = ((Attribute.REQUESTED_TRANSPORT, stun.UDP),)


class TurnError(Exception):
    """The server refuses; *code* as in RFC 8656, 19, or 0 for what is no answer of TURN's."""

    def __init__(self, code: int, phrase: str) -> None:
        super().__init__(f"{code} {phrase}" if code else phrase)
        self.code = code


class RelaysForAll(TurnError):
    """The server asks for no credential."""


class Challenge(NamedTuple):
    """What the server says of itself when it asks for a credential."""

    realm: str
    software: str


class TurnClient:
    """One connection, and at most one allocation; one request at a time.

    Each method raises TurnError, and OSError if the connection is lost.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._username = self._realm = self._nonce = ""
        self._key: bytes | None = None
        self._came: asyncio.Queue[tuple[Address, bytes]] = asyncio.Queue()

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None = None) -> Self:
        """Connect over TCP or TLS; raise OSError."""
        return cls(await StreamLink.open(host, port, tls))

    async def bind(self) -> Address:
        """Return how the server sees us (RFC 8489, 2)."""
        response = await self._ask(Method.BINDING, ())
        return _address(response, Attribute.XOR_MAPPED_ADDRESS)

    async def challenge(self) -> Challenge:
        """Ask for an allocation without a credential; return what the refusal says."""
        answer = await self._exchange(Method.ALLOCATE, _TRANSPORT, _new_transaction())
        if answer.kind is Kind.SUCCESS:
            raise RelaysForAll(0, "the server relays for everybody: it asks for no credential")
        if answer.error is None or answer.error[0] != UNAUTHENTICATED:
            raise TurnError(*(answer.error or _NEITHER))
        return Challenge(self._realm, _text(answer, Attribute.SOFTWARE))

    async def allocate(self, username: str, password: str) -> Address:
        """Return the address that relays for us."""
        await self.challenge()
        return await self.log_in(username, password)

    async def log_in(self, username: str, password: str) -> Address:
        """Return the address that relays for us, after a challenge."""
        self._username = username
        self._key = stun.long_term_key(username, self._realm, password)
        response = await self._ask(Method.ALLOCATE, _TRANSPORT)
        return _address(response, Attribute.XOR_RELAYED_ADDRESS)

    async def permit(self, peer: Address) -> None:
        """Let *peer* send to our allocation, and us to it (403: it is forbidden)."""
        transaction = _new_transaction()
        await self._ask(
            Method.CREATE_PERMISSION,
            [(Attribute.XOR_PEER_ADDRESS, stun.xor_address(peer, transaction))],
            transaction,
        )

    def send(self, peer: Address, data: bytes) -> None:
        """Have *data* sent to *peer*, as a datagram: nobody says whether it arrives."""
        transaction = _new_transaction()
        attributes = [
            (Attribute.XOR_PEER_ADDRESS, stun.xor_address(peer, transaction)),
            (Attribute.DATA, data),
        ]
        self._link.send(stun.encode(Method.SEND, Kind.INDICATION, transaction, attributes))

    async def receive(self) -> tuple[Address, bytes]:
        """Return the next datagram, and whom it is from."""
        while self._came.empty():
            self._take(await self._message())
        return self._came.get_nowait()

    def close(self) -> None:
        self._link.close()

    async def _ask(
        self,
        method: Method,
        attributes: Sequence[tuple[int, bytes]],
        transaction: bytes | None = None,
    ) -> Message:
        """Return the success; raise TurnError. A nonce that is stale is replaced once."""
        transaction = transaction or _new_transaction()
        response = await self._exchange(method, attributes, transaction)
        if response.error is not None and response.error[0] == STALE_NONCE:
            response = await self._exchange(method, attributes, transaction)
        if response.kind is not Kind.SUCCESS:
            raise TurnError(*(response.error or _NEITHER))
        return response

    async def _exchange(
        self, method: Method, attributes: Sequence[tuple[int, bytes]], transaction: bytes
    ) -> Message:
        signed = [*attributes, *self._credential()]
        request = stun.encode(method, Kind.REQUEST, transaction, signed, self._key)
        patience_s = self._link.resend_s
        while True:
            self._link.send(request)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    return await self._answer(method, transaction)
            assert patience_s is not None
            patience_s *= 2  # RFC 8489, 6.2.1

    async def _answer(self, method: Method, transaction: bytes) -> Message:
        while True:
            message = await self._message()
            if message.transaction == transaction and message.method == method:
                self._learn(message)
                return message
            self._take(message)

    def _credential(self) -> list[tuple[int, bytes]]:
        if self._key is None:
            return []
        return [
            (Attribute.USERNAME, self._username.encode()),
            (Attribute.REALM, self._realm.encode()),
            (Attribute.NONCE, self._nonce.encode()),
        ]

    def _learn(self, response: Message) -> None:
        self._realm = _text(response, Attribute.REALM) or self._realm
        self._nonce = _text(response, Attribute.NONCE) or self._nonce

    def _take(self, message: Message) -> None:
        peer = message.address(Attribute.XOR_PEER_ADDRESS)
        if message.method == Method.DATA and peer is not None:
            self._came.put_nowait((peer, message.attributes.get(Attribute.DATA, b"")))

    async def _message(self) -> Message:
        try:
            return stun.decode(await self._link.receive())
        except ValueError as error:
            raise TurnError(0, f"what the server sends is not STUN: {error}") from error


def _address(response: Message, attribute: Attribute) -> Address:
    address = response.address(attribute)
    if address is None:
        raise TurnError(0, f"the server's answer has no {attribute.name.replace('_', '-')}")
    return address


def _text(response: Message, attribute: Attribute) -> str:
    return response.attributes.get(attribute, b"").decode("utf-8", "replace")


def _new_transaction() -> bytes:
    return secrets.token_bytes(stun.TRANSACTION_BYTES)
