"""A small TURN client over TCP or TLS (RFC 8656): to see whether a server relays."""

import asyncio
import secrets
import ssl
from collections.abc import Sequence
from typing import Self

from sigproxy.semantics import stun
from sigproxy.semantics.stun import Address, Attribute, Kind, Message, Method

UNAUTHENTICATED, STALE_NONCE = 401, 438


class TurnError(Exception):
    """The server refuses; *code* as in RFC 8656, 19, or 0 for what is no answer of TURN's."""

    def __init__(self, code: int, phrase: str) -> None:
        super().__init__(f"{code} {phrase}" if code else phrase)
        self.code = code


class TurnClient:
    """One connection, and at most one allocation; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._username = self._realm = self._nonce = ""
        self._key: bytes | None = None
        self._came: asyncio.Queue[tuple[Address, bytes]] = asyncio.Queue()

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None = None) -> Self:
        """Connect; raise OSError."""
        return cls(*await asyncio.open_connection(host, port, ssl=tls))

    async def bind(self) -> Address:
        """Return how the server sees us (RFC 8489, 2)."""
        response = await self._ask(Method.BINDING, ())
        return _address(response, Attribute.XOR_MAPPED_ADDRESS)

    async def allocate(self, username: str, password: str) -> Address:
        """Return the address that relays for us; raise TurnError."""
        transport = [(Attribute.REQUESTED_TRANSPORT, stun.UDP)]
        try:
            await self._ask(Method.ALLOCATE, transport)
        except TurnError as error:
            if error.code != UNAUTHENTICATED:
                raise
        else:
            raise TurnError(0, "the server relays for everybody: it asks for no credential")
        self._username = username
        self._key = stun.long_term_key(username, self._realm, password)
        response = await self._ask(Method.ALLOCATE, transport)
        return _address(response, Attribute.XOR_RELAYED_ADDRESS)

    async def permit(self, peer: Address) -> None:
        """Let *peer* send to our allocation, and us to it; raise TurnError (403: forbidden)."""
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
        self._writer.write(stun.encode(Method.SEND, Kind.INDICATION, transaction, attributes))

    async def receive(self) -> tuple[Address, bytes]:
        """Return the next datagram, and whom it is from."""
        while self._came.empty():
            self._take(await self._message())
        return self._came.get_nowait()

    def close(self) -> None:
        self._writer.close()

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
            raise TurnError(
                *(response.error or (0, "the server answers with no success and no error"))
            )
        return response

    async def _exchange(
        self, method: Method, attributes: Sequence[tuple[int, bytes]], transaction: bytes
    ) -> Message:
        signed = [*attributes, *self._credential()]
        self._writer.write(stun.encode(method, Kind.REQUEST, transaction, signed, self._key))
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
        realm = response.attributes.get(Attribute.REALM)
        nonce = response.attributes.get(Attribute.NONCE)
        self._realm = self._realm if realm is None else realm.decode()
        self._nonce = self._nonce if nonce is None else nonce.decode()

    def _take(self, message: Message) -> None:
        peer = message.address(Attribute.XOR_PEER_ADDRESS)
        if message.method == Method.DATA and peer is not None:
            self._came.put_nowait((peer, message.attributes.get(Attribute.DATA, b"")))

    async def _message(self) -> Message:
        try:
            head = await self._reader.readexactly(stun.HEADER_BYTES)
            rest = await self._reader.readexactly((stun.size(head) or 0) - stun.HEADER_BYTES)
            return stun.decode(head + rest)
        except asyncio.IncompleteReadError:
            raise TurnError(0, "the server closed the connection") from None
        except ValueError as error:
            raise TurnError(0, f"what the server sends is not STUN: {error}") from error


def _address(response: Message, attribute: Attribute) -> Address:
    address = response.address(attribute)
    if address is None:
        raise TurnError(0, f"the server's answer has no {attribute.name.replace('_', '-')}")
    return address


def _new_transaction() -> bytes:
    return secrets.token_bytes(stun.TRANSACTION_BYTES)
