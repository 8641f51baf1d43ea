"""STUN messages (RFC 8489) as far as a TURN client writes and reads them (RFC 8656)."""

import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterable, Mapping
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

HEADER_BYTES = 20
TRANSACTION_BYTES = 12
_COOKIE = bytes.fromhex("2112a442")
_FINGERPRINT_MASK = 0x5354554E  # "STUN" (14.7)
_INTEGRITY_BYTES = 24  # with its header
_V4, _V6 = 1, 2
UDP = b"\x11\0\0\0"  # REQUESTED-TRANSPORT (RFC 8656, 18.7)


class Method(IntEnum):
    BINDING = 0x001
    ALLOCATE = 0x003
    REFRESH = 0x004
    SEND = 0x006
    DATA = 0x007
    CREATE_PERMISSION = 0x008


class Kind(IntEnum):
    """A message's class (5)."""

    REQUEST = 0x000
    INDICATION = 0x010
    SUCCESS = 0x100
    ERROR = 0x110


class Attribute(IntEnum):
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    LIFETIME = 0x000D
    XOR_PEER_ADDRESS = 0x0012
    DATA = 0x0013
    REALM = 0x0014
    NONCE = 0x0015
    XOR_RELAYED_ADDRESS = 0x0016
    REQUESTED_TRANSPORT = 0x0019
    XOR_MAPPED_ADDRESS = 0x0020
    SOFTWARE = 0x8022
    FINGERPRINT = 0x8028


class Address(NamedTuple):
    ip: IPv4Address | IPv6Address
    port: int

    @classmethod
    def of(cls, host: str, port: int) -> "Address":
        return cls(ip_address(host), port)


class Message(NamedTuple):
    """*attributes*: those before MESSAGE-INTEGRITY and FINGERPRINT, the first of each type."""

    method: int
    kind: Kind
    transaction: bytes
    attributes: Mapping[int, bytes]

    @property
    def error(self) -> tuple[int, str] | None:
        """ERROR-CODE (14.8), as a number and a phrase."""
        value = self.attributes.get(Attribute.ERROR_CODE)
        if value is None or len(value) < 4:
            return None
        return value[2] * 100 + value[3], value[4:].decode("utf-8", "replace")

    def address(self, attribute: Attribute) -> Address | None:
        """Return a XOR'd address (14.2), None if there is none that can be read."""
        value = self.attributes.get(attribute)
        if (
            value is None
            or len(value) not in (8, 20)
            or value[1] != (_V4 if len(value) == 8 else _V6)
        ):
            return None
        port = int.from_bytes(value[2:4]) ^ int.from_bytes(_COOKIE[:2])
        plain = _xored(value[4:], self.transaction)
        return Address(IPv4Address(plain) if len(plain) == 4 else IPv6Address(plain), port)


def may_begin(data: bytes) -> bool:
    """Return whether *data*, which is not empty, may be STUN's first bytes (RFC 7983).

    Of STUN the two highest bits are zero, and no method or class so far has set more than the
    lowest two of the first byte. A request of HTTP begins with a letter or a blank line.
    """
    return data[0] < 4


def is_header(data: bytes) -> bool:
    """Return whether *data*, HEADER_BYTES or more of it, begins with a header that can be one."""
    return may_begin(data) and int.from_bytes(data[2:4]) % 4 == 0 and data[4:8] == _COOKIE


def size(data: bytes) -> int | None:
    """Return how long the message is that *data* begins; None while its header is not whole."""
    return HEADER_BYTES + int.from_bytes(data[2:4]) if len(data) >= HEADER_BYTES else None


def xor_address(address: Address, transaction: bytes) -> bytes:
    """Return the value of XOR-MAPPED-ADDRESS and its like (14.2)."""
    family = _V4 if address.ip.version == 4 else _V6
    port = address.port ^ int.from_bytes(_COOKIE[:2])
    return struct.pack("!xBH", family, port) + _xored(address.ip.packed, transaction)


def _xored(address: bytes, transaction: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(address, _COOKIE + transaction, strict=False))


def long_term_key(username: str, realm: str, password: str) -> bytes:
    """Return the key of MESSAGE-INTEGRITY (9.2.2), as RFC 5389 has it and coturn speaks it."""
    text = f"{username}:{realm}:{password}".encode()
    return hashlib.md5(text, usedforsecurity=False).digest()


def encode(
    method: Method,
    kind: Kind,
    transaction: bytes,
    attributes: Iterable[tuple[int, bytes]] = (),
    key: bytes | None = None,
) -> bytes:
    """Return a message with FINGERPRINT, and with MESSAGE-INTEGRITY if there is a *key*."""
    body = b"".join(_attribute(number, value) for number, value in attributes)
    head = struct.pack("!H", _type(method, kind))
    if key is not None:  # its length is counted, and nothing behind it (14.5)
        signed = (
            head + struct.pack("!H", len(body) + _INTEGRITY_BYTES) + _COOKIE + transaction + body
        )
        digest = hmac.new(key, signed, hashlib.sha1).digest()
        body += _attribute(Attribute.MESSAGE_INTEGRITY, digest)
    whole = head + struct.pack("!H", len(body) + 8) + _COOKIE + transaction + body
    return whole + _attribute(Attribute.FINGERPRINT, _fingerprint(whole))


def decode(data: bytes) -> Message:
    """Return the message that *data* is; raise ValueError if it is none."""
    if len(data) < HEADER_BYTES or not is_header(data) or size(data) != len(data):
        raise ValueError("no STUN message")
    number = int.from_bytes(data[:2])
    attributes: dict[int, bytes] = {}
    position = HEADER_BYTES
    while position + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, position)
        value = data[position + 4 : position + 4 + length]
        if len(value) != length:
            raise ValueError("an attribute is longer than its message")
        if kind == Attribute.FINGERPRINT and value != _fingerprint(data[:position]):
            raise ValueError("its fingerprint is wrong")
        if Attribute.MESSAGE_INTEGRITY not in attributes:  # what is behind it is not signed
            attributes.setdefault(kind, value)
        position += 4 + length + -length % 4
    method = number & 0x000F | (number & 0x00E0) >> 1 | (number & 0x3E00) >> 2
    return Message(method, Kind(number & 0x0110), data[8:HEADER_BYTES], attributes)


def is_signed(data: bytes, key: bytes) -> bool:
    """Return whether *data*, a message, has a MESSAGE-INTEGRITY of *key*."""
    position = HEADER_BYTES
    while position + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, position)
        if kind == Attribute.MESSAGE_INTEGRITY:
            counted = struct.pack("!H", position - HEADER_BYTES + _INTEGRITY_BYTES)
            signed = data[:2] + counted + data[4:position]
            digest = hmac.new(key, signed, hashlib.sha1).digest()
            return hmac.compare_digest(digest, data[position + 4 : position + 4 + length])
        position += 4 + length + -length % 4
    return False


def _type(method: Method, kind: Kind) -> int:
    """Put the method's bits around those of the class (5)."""
    return method & 0x000F | (method & 0x0070) << 1 | (method & 0x0F80) << 2 | kind


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def _fingerprint(data: bytes) -> bytes:
    return struct.pack("!I", zlib.crc32(data) ^ _FINGERPRINT_MASK)
