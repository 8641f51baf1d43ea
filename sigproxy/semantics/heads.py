"""The heads of messages, read: what every rule after the parser sees (RFC 9112, 2.1)."""

from typing import NamedTuple

from sigproxy.semantics.fields import Fields

Version = tuple[int, int]


class RequestHead(NamedTuple):
    method: str
    target: bytes
    version: Version
    fields: Fields
    is_chunked: bool
    should_close: bool  # the connection is to end with this exchange (RFC 9112, 9.3)


class ResponseHead(NamedTuple):
    status: int
    reason: str
    version: Version
    fields: Fields
    is_chunked: bool
    should_close: bool
