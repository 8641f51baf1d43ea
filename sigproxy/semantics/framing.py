"""How the end of a body is told (RFC 9112, 6)."""

from enum import Enum

from sigproxy.errors import BadResponse
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field, Fields

LENGTH_DIGITS = 19  # of 2**63 - 1, the most that a Content-Length may say
BODILESS = frozenset({204, 304})  # RFC 9110, 6.4.1


LAST_CHUNK = b"0\r\n\r\n"  # and no trailers (RFC 9112, 7.1)


class Framing(Enum):
    NONE = "none"  # no body follows
    LENGTH = "content-length"
    CHUNKED = "chunked"
    CLOSE = "close"  # the connection's end is the body's


def chunk(content: bytes) -> bytes:
    """Return *content* as a chunk; nothing for nothing, which would be the last one."""
    return b"%x\r\n%b\r\n" % (len(content), content) if content else b""


def content_length(fields: Fields) -> int | None:
    """Return what Content-Length says, in digits as the parser has let them pass."""
    value = f.first(fields, b"content-length")
    return None if value is None else int(value.lstrip(b"0")[: LENGTH_DIGITS + 1] or 0)


def canonical_length(field: Field) -> Field:
    """Return *field*, a Content-Length without leading zeros: a reader may take it for octal.

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
    """Return the framing toward a client of *version*, and *fields* made to agree with it.

    *fields* are the upstream's end-to-end ones, *chunked* is how it framed its body. Raises
    BadResponse for two Content-Lengths: whichever we chose, somebody would choose the other
    (RFC 9112, 6.3).
    """
    lengths = f.values(fields, b"content-length")
    if len(lengths) > 1:
        raise BadResponse("the upstream sent more than one Content-Length")
    if lengths and len(lengths[0]) > LENGTH_DIGITS:  # aiohttp takes 2**64 - 1 for no body at all
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
