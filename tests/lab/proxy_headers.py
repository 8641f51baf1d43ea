"""PROXY protocol headers as balancers write them, by hand."""

import struct
from ipaddress import ip_address

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def line(source: str, destination: str = "192.0.2.1") -> bytes:
    """Return a header of version 1."""
    family = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {family} {source} {destination} 50000 443\r\n".encode()


def binary(command: int, family: int, block: bytes = b"", tlvs: bytes = b"") -> bytes:
    """Return a header of version 2: *command* 0 is LOCAL, 1 PROXY; *block* are its addresses."""
    block += tlvs
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, family, len(block)) + block


def addresses(source: str, destination: str) -> bytes:
    ports = struct.pack("!HH", 50000, 443)
    return ip_address(source).packed + ip_address(destination).packed + ports


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value
