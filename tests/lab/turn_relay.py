"""A TURN server that relays between its own clients, over UDP and TCP, with faults on request."""

import asyncio
import base64
import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import Any

from sigproxy.semantics import stun
from sigproxy.semantics.stun import Address, Attribute, Kind, Message, Method

SECRET = "0123456789abcdef" * 4
NONCE = b"nonce"
Reply = Callable[[bytes], None]


@dataclass(slots=True)
class Manner:
    """What it does otherwise than a server should."""

    relayed_ip: str = "198.18.0.1"
    realm: str = "turn.example"
    secrets: tuple[str, ...] = (SECRET,)
    asks: bool = True  # for a credential
    checks_time: bool = True
    refused: tuple[str, ...] = ()  # peers
    error: int = 0  # in place of an allocation
    drops: Callable[[int], bool] = lambda number: False  # the packet with that number
    deaf_to: int = 0  # the first datagrams


@dataclass(slots=True)
class Relay:
    """UDP and TCP at the same port."""

    manner: Manner = field(default_factory=Manner)
    received: int = 0
    packets: int = 0
    port: int = 0
    _clients: dict[int, tuple[Address, Reply]] = field(default_factory=dict)
    _ports: dict[Any, int] = field(default_factory=dict)
    _closing: list[Callable[[], None]] = field(default_factory=list)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def start(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=("127.0.0.1", self.port)
        )
        self._closing += [server.close, transport.close]

    async def close(self) -> None:
        for close in self._closing:
            close()
        await asyncio.gather(*self._tasks)
        await asyncio.sleep(0)  # a transport that is closed lets go of its socket in a turn

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.append(task)
        self._closing.append(writer.transport.abort)
        try:
            while True:
                head = await reader.readexactly(stun.HEADER_BYTES)
                rest = await reader.readexactly((stun.size(head) or 0) - len(head))
                self.take(head + rest, writer, writer.write)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()

    def take(self, data: bytes, client: Any, reply: Reply) -> None:
        self.received += 1
        message = stun.decode(data)
        match message.method:
            case Method.SEND:
                self._pass_on(message, client)
            case Method.BINDING:
                self._answer(message, reply, self._mapped(message))
            case Method.ALLOCATE:
                self._allocate(data, message, client, reply)
            case Method.CREATE_PERMISSION:
                self._permit(message, reply)

    def _mapped(self, message: Message) -> tuple[int, bytes]:
        own = stun.xor_address(Address.of("192.0.2.9", 4000), message.transaction)
        return Attribute.XOR_MAPPED_ADDRESS, own

    def _allocate(self, data: bytes, message: Message, client: Any, reply: Reply) -> None:
        if self.manner.error and Attribute.USERNAME in message.attributes:
            return self._refuse(message, reply, self.manner.error)
        if self.manner.asks and not self._is_known(data, message):
            return self._refuse(message, reply, 401)
        port = self._ports.setdefault(client, 50000 + len(self._ports))
        relayed = Address.of(self.manner.relayed_ip, port)
        self._clients[port] = relayed, reply
        value = stun.xor_address(relayed, message.transaction)
        self._answer(message, reply, (Attribute.XOR_RELAYED_ADDRESS, value))

    def _is_known(self, data: bytes, message: Message) -> bool:
        username = message.attributes.get(Attribute.USERNAME, b"")
        if not username or (self.manner.checks_time and int(username.split(b":")[0]) < time()):
            return False
        return any(
            stun.is_signed(data, stun.long_term_key(username.decode(), self.manner.realm, password))
            for secret in self.manner.secrets
            for password in [_password(secret, username)]
        )

    def _permit(self, message: Message, reply: Reply) -> None:
        peer = message.address(Attribute.XOR_PEER_ADDRESS)
        assert peer is not None
        if peer.ip.version == 6:
            return self._refuse(message, reply, 443)
        if str(peer.ip) in self.manner.refused:
            return self._refuse(message, reply, 403)
        self._answer(message, reply)

    def _pass_on(self, message: Message, client: Any) -> None:
        peer = message.address(Attribute.XOR_PEER_ADDRESS)
        assert peer is not None
        self.packets += 1
        if self.manner.drops(self.packets) or peer.port not in self._clients:
            return
        source, _ = self._clients[self._ports[client]]
        attributes = [
            (Attribute.XOR_PEER_ADDRESS, stun.xor_address(source, message.transaction)),
            (Attribute.DATA, message.attributes[Attribute.DATA]),
        ]
        _, reply = self._clients[peer.port]
        reply(stun.encode(Method.DATA, Kind.INDICATION, message.transaction, attributes))

    def _answer(self, message: Message, reply: Reply, *attributes: tuple[int, bytes]) -> None:
        method = Method(message.method)
        reply(stun.encode(method, Kind.SUCCESS, message.transaction, attributes))

    def _refuse(self, message: Message, reply: Reply, code: int) -> None:
        attributes = [
            (Attribute.ERROR_CODE, struct.pack("!xxBB", code // 100, code % 100) + b"Refused"),
            (Attribute.REALM, self.manner.realm.encode()),
            (Attribute.NONCE, NONCE),
            (Attribute.SOFTWARE, b"the lab's"),
        ]
        method = Method(message.method)
        reply(stun.encode(method, Kind.ERROR, message.transaction, attributes))


def _password(secret: str, username: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), username, "sha1")).decode()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._relay.manner.deaf_to > 0:
            self._relay.manner.deaf_to -= 1
            return
        self._relay.take(data, addr, lambda answer: self._transport.sendto(answer, addr))
