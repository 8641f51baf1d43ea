"""A TURN client over one stream (RFC 8489, RFC 8656), which shares no code with the gateway."""

import asyncio
import hashlib
import hmac
import os
import struct
from base64 import b64encode
from ipaddress import ip_address
from time import time
from typing import NamedTuple

from tests.lab.wire import within

COOKIE = bytes.fromhex("2112a442")
BINDING, ALLOCATE, REFRESH, PERMISSION = 0x001, 0x003, 0x004, 0x008
SEND, DATA = 0x0016, 0x0017  # indications
UNAUTHORIZED = 401
USERNAME, INTEGRITY, ERROR_CODE, LIFETIME = 0x0006, 0x0008, 0x0009, 0x000D
PEER, PAYLOAD = 0x0012, 0x0013
REALM, NONCE, RELAYED, FAMILY, TRANSPORT, MAPPED = 0x0014, 0x0015, 0x0016, 0x0017, 0x0019, 0x0020
UDP = b"\x11\0\0\0"  # 17, the only protocol that is relayed
IPV6 = b"\x02\0\0\0"

Place = tuple[str, int]


class Message(NamedTuple):
    kind: int
    attributes: dict[int, bytes]
    transaction: bytes

    @property
    def code(self) -> int:
        """The error's code; 0: it succeeded."""
        error = self.attributes.get(ERROR_CODE)
        return 0 if error is None else error[2] * 100 + error[3]

    def place(self, kind: int) -> Place:
        value = _masked(self.attributes[kind], self.transaction)
        (port,) = struct.unpack_from("!H", value, 2)
        return str(ip_address(value[4:])), port


def message(kind: int, *attributes: tuple[int, bytes], key: bytes = b"") -> bytes:
    """Return a message with a transaction of its own, signed if there is a *key*."""
    transaction = os.urandom(12)
    body = b"".join(
        struct.pack("!HH", name, len(value)) + value + b"\0" * (-len(value) % 4)
        for name, plain in attributes
        for value in [_masked(plain, transaction) if name == PEER else plain]
    )
    signature = 24 if key else 0
    head = struct.pack("!HH", kind, len(body) + signature) + COOKIE + transaction
    if not key:
        return head + body
    digest = hmac.digest(key, head + body, "sha1")
    return head + body + struct.pack("!HH", INTEGRITY, len(digest)) + digest


def peer(place: Place) -> tuple[int, bytes]:
    """Return the attribute that names a peer; ``message`` masks it."""
    address = ip_address(place[0]).packed
    return PEER, struct.pack("!BBH", 0, 1 if len(address) == 4 else 2, place[1]) + address


def _masked(value: bytes, transaction: bytes) -> bytes:
    """Mask a place as XOR- attributes do, or unmask it."""
    mask = COOKIE + transaction
    port, address = zip(value[2:4], mask, strict=False), zip(value[4:], mask, strict=False)
    return value[:2] + bytes(a ^ b for a, b in port) + bytes(a ^ b for a, b in address)


def credential(secret: str, lasts_s: int = 600) -> tuple[str, str]:
    """Return a username and its password, as whoever has the secret makes them."""
    username = f"{int(time()) + lasts_s}:{os.urandom(8).hex()}"
    return username, b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


class TurnClient:
    """One connection, for one allocation; *relayed* is its address."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._key = b""
        self._known: list[tuple[int, bytes]] = []
        self._came: list[Message] = []
        self.relayed: Place = ("", 0)
        self.realm = ""

    @property
    def port(self) -> int:
        return int(self._writer.get_extra_info("sockname")[1])

    @property
    def certificate(self) -> bytes:
        """The server's, in DER."""
        return bytes(self._writer.get_extra_info("ssl_object").getpeercert(binary_form=True))

    async def binding(self, *, cut: int = 0) -> Place:
        """Return where the server sees us; *cut*: send the request in two pieces."""
        return (await self.ask(message(BINDING), cut)).place(MAPPED)

    async def allocate(
        self,
        username: str,
        password: str,
        *more: tuple[int, bytes],
        transport: bytes = UDP,
        cut: int = 0,
    ) -> int:
        """Return the code of the answer to who has shown a credential; 0 is success."""
        asked = [(TRANSPORT, transport), *more]
        challenge = await self.ask(message(ALLOCATE, *asked))
        if challenge.code != UNAUTHORIZED:
            return challenge.code
        self.know(challenge, username, password)
        answer = await self.ask(self.signed(ALLOCATE, *asked), cut)
        if not answer.code:
            self.relayed = answer.place(RELAYED)
        return answer.code

    def know(self, challenge: Message, username: str, password: str) -> None:
        """Sign from now on, with what *challenge* has told."""
        realm, nonce = challenge.attributes[REALM], challenge.attributes[NONCE]
        self.realm = realm.decode()
        self._key = hashlib.md5(b":".join([username.encode(), realm, password.encode()])).digest()
        self._known = [(USERNAME, username.encode()), (REALM, realm), (NONCE, nonce)]

    def signed(self, kind: int, *attributes: tuple[int, bytes]) -> bytes:
        return message(kind, *attributes, *self._known, key=self._key)

    async def permission(self, address: str) -> int:
        """Ask to relay to *address*; return the code of the answer."""
        return (await self.ask(self.signed(PERMISSION, peer((address, 0))))).code

    async def ask(self, request: bytes, cut: int = 0) -> Message:
        """Send a request, in two pieces if it is *cut*; return its answer."""
        await self.send(request, cut)
        while True:
            found = await self._read()
            if found.kind != DATA:
                assert found.transaction == request[8:20]
                return found
            self._came.append(found)

    async def relay(self, place: Place, data: bytes) -> None:
        await self.send(message(SEND, peer(place), (PAYLOAD, data)))

    async def relayed_to_us(self) -> tuple[Place, bytes]:
        """Return what a peer has sent, and who it was."""
        came = self._came.pop(0) if self._came else await self._read()
        assert came.kind == DATA
        return came.place(PEER), came.attributes[PAYLOAD]

    async def send(self, data: bytes, cut: int = 0) -> None:
        for part in filter(None, (data[:cut], data[cut:])):
            self._writer.write(part)
            async with within():
                await self._writer.drain()
            await asyncio.sleep(0.001 if cut else 0)  # a piece of its own, also on the wire

    def stall(self) -> None:
        """Take nothing any more, of what comes."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def closed(self) -> bytes:
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]
        async with within():
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""

    async def leave(self) -> None:
        """Give the allocation back (RFC 8656, 7.3), and end TLS as it should be."""
        assert (await self.ask(self.signed(REFRESH, (LIFETIME, bytes(4))))).code == 0
        self._writer.close()
        async with within():
            await self._writer.wait_closed()

    def close(self) -> None:
        self._writer.transport.abort()

    async def _read(self) -> Message:
        async with within():
            head = await self._reader.readexactly(20)
            kind, length = struct.unpack_from("!HH", head)
            body = await self._reader.readexactly(length)
        return Message(kind, dict(_attributes(body)), head[8:])


def _attributes(body: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(body):
        name, length = struct.unpack_from("!HH", body, at)
        found.append((name, body[at + 4 : at + 4 + length]))
        at += 4 + length + -length % 4
    return found
