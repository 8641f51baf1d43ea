"""One line for each exchange, and one more when a WebSocket opens (D12).

``combined`` is NGINX's format, so that its tools read it, with ``key=value`` pairs behind it;
``json`` has the same values under the same names. Query values never appear, nor any field but
Referer (without its query) and User-Agent: tokens travel in all the others.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from sigproxy.exchange import Exchange
from sigproxy.semantics import fields as f
from sigproxy.telemetry.secrets import without_keys

Event = Literal["request", "open", "close"]
Value = str | int | float | None

_LONGEST = 1024  # characters of one value: a line stays a line
_UNSAFE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
# Of a target or a Referer: refused there, but a password all the same.
_USERINFO = re.compile(r"^((?:[a-z]+:)?/+)[^/?#]*@")
_PLAIN = re.compile(r"[A-Za-z0-9._:/\[\]@+,-]+\Z")

CLIENT_GONE = 499  # NGINX's code for a client that left before it had an answer


@dataclass(frozen=True, slots=True)
class AccessLog:
    """An observer; *write* takes what is a line without its end once it is made a string.

    So those of one moment are made together, which halves what each costs; an exchange that is
    over changes no more. *flush* is told of the last. *keys* are never written.
    """

    write: Callable[[object], None]
    format: Literal["combined", "json"] = "combined"
    keys: frozenset[bytes] = field(default=frozenset(), repr=False)
    flush: Callable[[], None] = lambda: None

    def opened(self, exchange: Exchange) -> None:
        self.write(str(self._line("open", exchange)))  # now: it goes on

    def ended(self, exchange: Exchange) -> None:
        self.write(self._line("close" if exchange.websocket else "request", exchange))

    def closed(self) -> None:
        self.flush()

    def _line(self, event: Event, exchange: Exchange) -> "_Line":
        return _Line(as_json if self.format == "json" else as_combined, event, exchange, self.keys)


@dataclass(slots=True)
class _Line:
    render: Callable[[Event, Exchange], str]
    event: Event
    exchange: Exchange
    keys: frozenset[bytes] = field(repr=False)

    def __str__(self) -> str:
        return self.render(self.event, without_keys(self.exchange, self.keys))


def as_combined(event: Event, exchange: Exchange) -> str:
    """Return NGINX's combined line and the pairs of ``values`` that have a value."""
    stamp = _stamp(int(exchange.started_at))
    major, minor = exchange.version
    request = f"{exchange.method} {shown_target(exchange.request_target)} HTTP/{major}.{minor}"
    head = (
        f"{_client(exchange)} - - [{stamp}] {_quoted(request)} "
        f"{_status(exchange)} {exchange.sent} "
        f"{_quoted(_referer(exchange))} {_quoted(_user_agent(exchange))}"
    )
    parts = [head]
    for key, value in values(event, exchange).items():
        if value is not None:
            if isinstance(value, str) and not _PLAIN.match(value):
                value = _quoted(value)
            parts.append(f"{key}={value}")
    return " ".join(parts)


@lru_cache(maxsize=8)
def _stamp(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


def as_json(event: Event, exchange: Exchange) -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(exchange.started_at))
    record: dict[str, Value] = {
        "time": stamp,
        "client": _client(exchange),
        "method": exchange.method,
        "path": shown_target(exchange.request_target),
        "status": _status(exchange),
        "bytes_out": exchange.sent,
        "referer": _referer(exchange),
        "user_agent": _user_agent(exchange),
        **values(event, exchange),
    }
    return json.dumps({key: value for key, value in record.items() if value is not None})


def values(event: Event, exchange: Exchange) -> dict[str, Value]:
    """Return what sigproxy adds to the combined format; None where there is nothing to say."""
    return {
        "event": event,
        "id": exchange.id,
        "peer": _peer(exchange),
        "route": exchange.route,
        "upstream": str(exchange.upstream) if exchange.upstream else None,
        "upstream_path": shown_target(exchange.upstream_path) if exchange.upstream_path else None,
        "address": exchange.address,
        "upstream_status": exchange.upstream_status,
        "redirects": exchange.redirects or None,
        "reused": "yes" if exchange.reused else None,
        "dns_s": _seconds(exchange.dns_s),
        "tcp_s": _seconds(exchange.tcp_s),
        "tls_s": _seconds(exchange.tls_s),
        "connect_s": _seconds(exchange.connected_s),
        "first_byte_s": _seconds(exchange.first_byte_s),
        "duration_s": _seconds(exchange.ended_s),
        "bytes_in": exchange.received or None,
        "close_code": exchange.close_code,
        "closed_by": exchange.closed_by,
        "error": exchange.error,
        "detail": exchange.detail[:_LONGEST] if exchange.detail else None,
    }


def shown_target(request_target: bytes) -> str:
    """Return the request target with every query value replaced by "-".

    apiKey, sig, token: vendors put credentials there under any name, so that none is kept.
    """
    text = request_target.decode("latin-1")
    if "@" in text:
        text = _USERINFO.sub(r"\1-@", text)
    if "?" not in text and "#" not in text:
        return text[:_LONGEST]
    path, *behind = re.split(r"([?#])", text, maxsplit=1)
    mark, query = behind or ("", "")
    return (path + mark + "&".join(map(_shown_part, query.split("&"))))[:_LONGEST]


def _shown_part(part: str) -> str:
    """A part without "=" may be a token itself."""
    name, equals, _ = part.partition("=")
    return f"{name}=-" if equals else "-" if name else ""


def _client(exchange: Exchange) -> str:
    return (exchange.peer if exchange.client is None else exchange.client) or "unix:"


def _peer(exchange: Exchange) -> str | None:
    """Return the proxy that named the client, if one did."""
    return None if exchange.client in (None, exchange.peer) else exchange.peer or "unix:"


def _status(exchange: Exchange) -> int:
    return exchange.status if exchange.status is not None else CLIENT_GONE


def _referer(exchange: Exchange) -> str:
    referer = f.first(exchange.fields, b"referer")
    if not referer:
        return "-"
    value = referer.decode("latin-1")
    return _USERINFO.sub(r"\1-@", re.split(r"[?#]", value)[0])[:_LONGEST]


def _user_agent(exchange: Exchange) -> str:
    return (f.first(exchange.fields, b"user-agent") or b"-").decode("latin-1")[:_LONGEST]


def _quoted(text: str) -> str:
    """NGINX's escape: what could end a value or a line becomes \\xXX."""
    if _UNSAFE.search(text):
        text = _UNSAFE.sub(lambda each: f"\\x{ord(each[0]) & 0xFF:02X}", text)
    return f'"{text}"'


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
