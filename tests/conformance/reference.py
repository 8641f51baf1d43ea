"""A second reader of HTTP/1.1 requests, strict as RFC 9112; it shares nothing with the gateway.

What the gateway forwards must be what this one reads: then nobody can hide a message between two
readers. Where the gateway is stricter, it stops earlier.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINE = re.compile(rb"(%b) +([!-~\x80-\xff]+) +HTTP/(1\.[01])" % _TOKEN)
_FIELD = re.compile(rb"(%b):[ \t]*(.*?)[ \t]*" % _TOKEN, re.DOTALL)
_FORBIDDEN = re.compile(rb"[\r\n\0]")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[^\r\n\0]*|[ \t]*)")


class Unreadable(Exception):
    """From here on it is no HTTP, or it has not all come."""


class Message(NamedTuple):
    method: bytes
    target: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name]


def messages(data: bytes) -> Iterator[Message]:
    """Yield the whole requests at the front of *data*, up to what cannot be read."""
    try:
        while data:
            message, data = _message(data)
            yield message
    except Unreadable:
        return


def _message(data: bytes) -> tuple[Message, bytes]:
    # RFC 9112, 2.2: empty lines. llhttp drops a bare CR among them too; none of it goes on.
    data = data.lstrip(b"\r\n")
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        raise Unreadable
    first, *lines = head.split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise Unreadable
    message = Message(line[1], line[2], tuple(map(_field, lines)), b"")
    body, rest = _body(message, line[3], rest)
    return message._replace(body=body), rest


def _field(line: bytes) -> tuple[bytes, bytes]:
    field = _FIELD.fullmatch(line)
    if field is None or _FORBIDDEN.search(field[2]):
        raise Unreadable
    return field[1], field[2]


def _body(message: Message, version: bytes, rest: bytes) -> tuple[bytes, bytes]:
    codings = message.values(b"transfer-encoding")
    lengths = message.values(b"content-length")
    if codings:
        if version == b"1.0" or lengths or [each.lower() for each in codings] != [b"chunked"]:
            raise Unreadable
        return _chunks(rest)
    if not lengths:
        return b"", rest
    # The same number twice may be read as one (RFC 9110, 8.6).
    (length, *others) = {each.strip() for value in lengths for each in value.split(b",")}
    if others or not re.fullmatch(rb"[0-9]{1,18}", length) or int(length) > len(rest):
        raise Unreadable
    return rest[: int(length)], rest[int(length) :]


def _chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        line, end, rest = rest.partition(b"\r\n")
        size = _SIZE.fullmatch(line)
        if not end or size is None:
            raise Unreadable
        length = int(size[1], 16)
        if not length:
            return body, _behind_trailers(rest)
        if rest[length : length + 2] != b"\r\n":
            raise Unreadable
        body, rest = body + rest[:length], rest[length + 2 :]


def _behind_trailers(rest: bytes) -> bytes:
    while True:
        line, end, rest = rest.partition(b"\r\n")
        if not end:
            raise Unreadable
        if not line:
            return rest
        _field(line)
