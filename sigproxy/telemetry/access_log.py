"""One line for each exchange, one more when a WebSocket opens, and some for failed connections.

``combined`` is NGINX's format, so that its tools can read it, followed by ``key=value`` pairs.
``json`` has the same values with the same names. Query values never appear, and of the fields only
Referer (without its query), User-Agent and a client's own ids of a request: other fields may
contain tokens.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from sigproxy.semantics import client_tls
from sigproxy.telemetry.client_addresses import without_addresses
from sigproxy.telemetry.failures import FailureLines
from sigproxy.telemetry.shown import Shown, shown

Event = Literal["request", "open", "close", "turn", "connect"]
Value = str | int | float | None
Pairs = list[tuple[str, Value]]

_UNSAFE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_PLAIN = re.compile(r"[A-Za-z0-9._:/\[\]@+,-]+\Z")

CLIENT_GONE = 499  # NGINX's code for a client that closed before it got a response


@dataclass(frozen=True, slots=True)
class AccessLog:
    """An observer; *write* gets an object whose string is a line, without its line end.

    So many lines are rendered together later, at half the cost; an ended exchange does not change.
    *close* is called after the last line. *keys* are never written, and with *mask_addresses* no
    client's whole address is. *instance* says in each line which gateway wrote it.
    """

    write: Callable[[object], None]
    format: Literal["combined", "json"] = "combined"
    keys: KeyIndex = field(default=NO_KEYS, repr=False)
    close: Callable[[], None] = lambda: None
    health_checks: bool = False  # whether they have lines
    lost: Callable[[], int] = lambda: 0  # how many lines could not be written
    mask_addresses: bool = False
    instance: str | None = None
    failures: FailureLines = field(default_factory=FailureLines, repr=False)

    def opened(self, exchange: Exchange) -> None:
        if exchange.turn is None:  # of which one line is enough
            self.write(str(self._line("open", exchange)))  # now: it goes on

    def ended(self, exchange: Exchange) -> None:
        if exchange.is_health_check and exchange.error is None and not self.health_checks:
            return
        self.write(self._line(event_of(exchange), exchange))

    def failed(self, exchange: Exchange) -> None:
        is_silent = exchange.error == client_tls.NO_BYTES  # as checks that only connect are
        if not is_silent and self.failures.permits(exchange.error or ""):
            self.write(self._line("connect", exchange))

    def closed(self) -> None:
        self.failures.closed()
        self.close()

    def _line(self, event: Event, exchange: Exchange) -> "_Line":
        render = as_json if self.format == "json" else as_combined
        return _Line(render, event, exchange, self.keys, self.mask_addresses, self.instance)


def event_of(exchange: Exchange) -> Event:
    if exchange.turn is not None:
        return "turn"
    return "close" if exchange.websocket else "request"


@dataclass(slots=True)
class _Line:
    render: Callable[[Event, Exchange, KeyIndex, str | None], str]
    event: Event
    exchange: Exchange
    keys: KeyIndex = field(repr=False)
    mask_addresses: bool
    instance: str | None

    def __str__(self) -> str:
        line = self.render(self.event, self.exchange, self.keys, self.instance)
        return without_addresses(line, self.exchange) if self.mask_addresses else line


def as_combined(
    event: Event, exchange: Exchange, keys: KeyIndex = NO_KEYS, instance: str | None = None
) -> str:
    """Return NGINX's combined line and the pairs of ``values`` that have a value."""
    texts = shown(exchange, keys)
    major, minor = exchange.version
    request = _quoted(f"{texts.method} {texts.target} HTTP/{major}.{minor}")
    named = [
        f"{name}={_plain_or_quoted(value) if type(value) is str else value}"
        for name, value in values(event, exchange, texts, instance)
    ]
    return (
        f"{_client(exchange)} - - [{_stamp(int(exchange.started_at))}] {request} "
        f"{_status(exchange)} {exchange.sent} "
        f"{_quoted_again(texts.referer)} {_quoted_again(texts.user_agent)} {' '.join(named)}"
    )


@lru_cache(maxsize=8)
def _stamp(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


def _instant(at: float) -> str:
    """Return a time as RFC 3339 has it, with milliseconds."""
    second, ms = divmod(round(at * 1000), 1000)
    return f"{_second(second)}.{ms:03d}Z"


@lru_cache(maxsize=8)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def as_json(
    event: Event, exchange: Exchange, keys: KeyIndex = NO_KEYS, instance: str | None = None
) -> str:
    texts = shown(exchange, keys)
    record: dict[str, Value] = {
        "time": _instant(exchange.started_at),
        "client": _client(exchange),
        "method": texts.method,
        "path": texts.target,
        "status": _status(exchange),
        "bytes_out": exchange.sent,
        "referer": texts.referer,
        "user_agent": texts.user_agent,
    }
    record.update(values(event, exchange, texts, instance))
    return json.dumps(record)


def values(
    event: Event, exchange: Exchange, texts: Shown | None = None, instance: str | None = None
) -> Pairs:
    """Return sigproxy's additions to the combined format: names, and values that are not None."""
    return [
        (name, round(value, 4) if type(value) is float else value)
        for name, value in pairs(event, exchange, texts or shown(exchange), instance)
        if value is not None
    ]


def pairs(event: Event, exchange: Exchange, texts: Shown, instance: str | None = None) -> Pairs:
    """Return all names and values of these additions; a value may be None."""
    return [
        ("event", event),
        ("id", exchange.id),
        ("instance", instance),
        *texts.traces,
        ("peer", _peer(exchange)),
        ("route", exchange.route),
        ("upstream", texts.upstream),
        ("upstream_path", texts.upstream_path),
        ("address", exchange.address),
        ("upstream_status", exchange.upstream_status),
        ("redirects", exchange.redirects or None),
        ("reused", "yes" if exchange.reused else None),
        ("dns_s", exchange.dns_s),
        ("tcp_s", exchange.tcp_s),
        ("tls_s", exchange.tls_s),
        ("connect_s", exchange.connected_s),
        ("first_byte_s", exchange.first_byte_s),
        ("duration_s", exchange.ended_s),
        ("transport", exchange.turn),
        ("bytes_in", exchange.received or None),
        ("close_code", exchange.close_code),
        ("closed_by", exchange.closed_by),
        ("error", exchange.error),
        ("detail", texts.detail),
    ]


def _client(exchange: Exchange) -> str:
    return (exchange.peer if exchange.client is None else exchange.client) or "unix:"


def _peer(exchange: Exchange) -> str | None:
    """Return the proxy that named the client, if one did."""
    return None if exchange.client in (None, exchange.peer) else exchange.peer or "unix:"


def _status(exchange: Exchange) -> int:
    return exchange.status if exchange.status is not None else CLIENT_GONE


def _quoted(text: str) -> str:
    """Quote *text* as NGINX does: characters that could end a value or a line become \\xXX."""
    if _UNSAFE.search(text):
        text = _UNSAFE.sub(lambda each: f"\\x{ord(each[0]) & 0xFF:02X}", text)
    return f'"{text}"'


@lru_cache(maxsize=512)
def _quoted_again(text: str) -> str:
    """Like ``_quoted``, for texts that are the same in many lines: browsers, pages."""
    return _quoted(text)


@lru_cache(maxsize=2048)  # ids are unique, but hosts, routes and addresses repeat
def _plain_or_quoted(text: str) -> str:
    return text if _PLAIN.match(text) else _quoted(text)
