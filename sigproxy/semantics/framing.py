"""How a message marks the end of its body (RFC 9112, 6)."""

from enum import Enum

from sigproxy.errors import BadResponse
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field, Fields

LENGTH_DIGITS = 19  # of 2**63 - 1, the largest Content-Length
BODILESS = frozenset({204, 304})  # RFC 9110, 6.4.1


LAST_CHUNK = b"0\r\n\r\n"  # without trailers (RFC 9112, 7.1)


class Framing(Enum):
    NONE = "none"  # no body follows
    LENGTH = "content-length"
    CHUNKED = "chunked"
    CLOSE = "close"  # the body ends when the connection closes


def chunk(content: bytes) -> bytes:
    """Return *content* as a chunk; b"" for b"", since an empty chunk would end the body."""
    return b"%x\r\n%b\r\n" % (len(content), content) if content else b""


def content_length(fields: Fields) -> int | None:
    """Return the Content-Length; None if there is none. The parser has checked its digits."""
    value = f.first(fields, b"content-length")
    return None if value is None else int(value.lstrip(b"0")[: LENGTH_DIGITS + 1] or 0)


def canonical_length(field: Field) -> Field:
    """Return *field*; a Content-Length without leading zeros, which some programs read as octal.

    >>> canonical_length((b"Content-Length", b"0012"))
    (b'Content-Length', b'12')
    """
    name, value = field
    if name.lower() != b"content-length":
        return field
    return name, value.lstrip(b"0") or b"0"


def of_response(
    method: str, status: int, version: tuple[int, int], fields: list[Field], chunked: bool
) -> tuple[Framing, list[Field]]:
    """Return the framing toward a client of *version*, and *fields* adapted to it.

    *fields* are the upstream's end-to-end ones; *chunked*: the upstream's body is in chunks.
    Raises BadResponse for two Content-Lengths: another recipient could use the one that we do not
    use (RFC 9112, 6.3).
    """
    lengths = f.values(fields, b"content-length")
    if len(lengths) > 1:
        raise BadResponse("the upstream sent more than one Content-Length")
    if lengths and len(lengths[0]) > LENGTH_DIGITS:  # aiohttp reads 2**64 - 1 as "no body"
        raise BadResponse("the upstream's Content-Length has too many digits")
    if lengths and lengths[0].startswith(b"0"):
        fields = [*map(canonical_length, fields)]
    if status == 204 or (lengths and chunked):  # RFC 9110, 8.6; RFC 9112, 6.3
        fields = [each for each in fields if each[0].lower() != b"content-length"]
        lengths = []
    if method == "HEAD" or status in BODILESS:
        return Framing.NONE, fields
    if lengths:
        return Framing.LENGTH, fields
    if version >= (1, 1):
        return Framing.CHUNKED, [*fields, (b"Transfer-Encoding", b"chunked")]
    return Framing.CLOSE, fields
