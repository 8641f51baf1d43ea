"""The header of a STUN message (RFC 8489, 5), as far as it tells STUN from HTTP (RFC 7983)."""

HEADER_BYTES = 20
_COOKIE = bytes.fromhex("2112a442")


def may_begin(data: bytes) -> bool:
    """Return whether *data*, which is not empty, may be STUN's first bytes.

    Of STUN the two highest bits are zero, and so far no method or class has set more than the
    lowest two of the first byte. A request of HTTP begins with a letter or a blank line.
    """
    return data[0] < 4


def is_header(data: bytes) -> bool:
    """Return whether *data*, HEADER_BYTES or more of it, begins with a header that can be one."""
    length = int.from_bytes(data[2:4])
    return may_begin(data) and length % 4 == 0 and data[4:8] == _COOKIE
