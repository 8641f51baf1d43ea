"""What went wrong is told by the access log alone: one line for each staging, and no two alike.

The table is what a support engineer looks up at night. Each row stages one failure and says which
names and words of its line tell it from all others.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.night import (
    Act,
    Night,
    answers_a_close,
    asks,
    asks_three_times,
    asks_vendor,
    asks_where_nobody_listens,
    begins_a_head,
    closes_the_laptop,
    fin,
    forgets_the_s,
    is_cut_off_in_tls,
    joins,
    loses_patience,
    rst,
    says_something,
    speaks_tls_1_1,
    stops_the_gateway,
    trusts_nobody,
)
from tests.faults.test_upstream import hangs_up, never_answers
from tests.lab.dns import SERVFAIL, SILENT, UNKNOWN, Name
from tests.lab.frames import echo_frames
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import OK, Peer, answering
from tests.lab.wire import response
from tests.telemetry.test_access_log import parsed

KEY = "5d41402abc4b2a76"
PAGE = b"Origin: https://evil.example"


@dataclass(frozen=True)
class Staging:
    """*tells*: pairs of the line, None: it must not be there; *words* are in its detail."""

    act: Act
    tells: dict[str, str | None]
    words: str = ""
    tls: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    lines: int = 1  # of which the last one tells it

    def is_told_by(self, line: str) -> bool:
        head, pairs = parsed(line)
        told = {**pairs, "status": head["status"]}
        same = all(told.get(name) == value for name, value in self.tells.items())
        return same and re.search(self.words, pairs.get("detail", "")) is not None


def error(token: str, status: int | None = None, **more: str | None) -> dict[str, str | None]:
    return {"event": "request", "error": token} | ({"status": str(status)} if status else {}) | more


def ended(token: str | None, by: str, code: str | None = None) -> dict[str, str | None]:
    return {"event": "close", "error": token, "closed_by": by, "close_code": code}


def refused_tls(token: str) -> dict[str, str | None]:
    return {"event": "connect", "error": token}


KEYED = {"route": {"keys": [KEY]}}
SHORT = {"upstream": {"connect_timeout_s": 0.5, "tls_timeout_s": 0.5, "response_timeout_s": 0.5}}
STAGINGS = {
    "the name does not exist": Staging(
        asks(zone=UNKNOWN), error("dns_error", 502), "does not exist, according to .*127.0.0.1"
    ),
    "the name server fails": Staging(
        asks(zone=Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL)),
        error("dns_error", 502),
        r"name server 127\.0\.0\.1.* SERVFAIL",
    ),
    "the name server is silent": Staging(
        asks(zone=SILENT), error("dns_timeout", 504), "name server 127.0.0.1", settings=SHORT
    ),
    "the vendor's certificate has ended": Staging(
        asks_vendor(OK, lambda lab: lab.pki.expired(NAME)),
        error("tls_certificate_error", 502),
        "has expired",
    ),
    "a firewall inspects TLS": Staging(
        asks_vendor(OK, lambda lab: lab.pki.intercepting(NAME, "Example Inspection")),
        error("tls_certificate_error", 502),
        r"the issuer .*O=Example Inspection.* is not trusted here.*`upstream\.ca_file`",
    ),
    "the certificate is for another name": Staging(
        asks_vendor(OK, lambda lab: lab.pki.other_name()),
        error("tls_certificate_error", 502),
        "it is for other.example.org",
    ),
    "the vendor is down for itself": Staging(
        asks_vendor(answering(response(503, b"down"))),
        {"event": "request", "status": "503", "upstream_status": "503", "error": None},
    ),
    "the vendor wants another token": Staging(
        asks_vendor(answering(response(401, b"who?"))),
        {"event": "request", "status": "401", "upstream_status": "401", "error": None},
    ),
    "the page's origin is not listed": Staging(
        asks(NAME, PAGE),
        error("origin_refused", 403),
        "https://evil.example",
        settings={"route": {"allowed_origins": ["https://app.example"]}},
    ),
    "a wrong key": Staging(
        asks(key=KEY[::-1]),
        error("key_refused", 403),
        "not one of this route's keys",
        settings=KEYED,
    ),
    "no key": Staging(asks(), error("key_refused", 403), "no access key", settings=KEYED),
    "the vendor refuses connections": Staging(
        asks_where_nobody_listens, error("connection_refused", 502)
    ),
    "the name leads to a private address": Staging(
        asks(zone=Name(("10.1.2.3",))), error("address_refused", 403), "10.1.2.3"
    ),
    "the vendor is silent in TLS": Staging(
        asks_vendor(Peer.gone, tls=False),
        error("connection_timeout", 504),
        "accepts the connection, and its TLS handshake",
        settings=SHORT,
    ),
    "the vendor hangs up": Staging(asks_vendor(hangs_up), error("connection_terminated", 502)),
    "the vendor takes the request and is silent": Staging(
        asks_vendor(never_answers), error("response_timeout", 504), settings=SHORT
    ),
    "the client's head is too slow": Staging(
        begins_a_head, error("request_timeout", 408), settings={"limits": {"header_timeout_s": 0.5}}
    ),
    "the client gives up": Staging(loses_patience, error("client_gone", 499)),
    "a WebSocket is cut for silence": Staging(
        joins(echo_frames, answers_a_close),
        ended("websocket_idle", "gateway", "1001"),
        "no byte either way for 0.5 s",
        settings={"limits": {"websocket_idle_s": 0.5}},
    ),
    "the vendor hangs up on a WebSocket": Staging(
        joins(fin, says_something), ended("upstream_gone", "upstream"), "after the last byte"
    ),
    "the vendor resets a WebSocket": Staging(
        joins(rst, says_something), ended("upstream_reset", "upstream"), r"\(RST\)"
    ),
    "the client of a WebSocket is lost": Staging(
        joins(Peer.gone, closes_the_laptop), ended("client_reset", "client")
    ),
    "the gateway is stopped": Staging(
        joins(echo_frames, stops_the_gateway), ended(None, "gateway", "1012")
    ),
    "too many requests": Staging(
        asks_three_times,
        error("too_many_requests", 429),
        settings={"limits": {"request_rate": "2/minute"}},
        lines=3,
    ),
    "the client does not trust our certificate": Staging(
        trusts_nobody, refused_tls("tls_untrusted"), "unknown ca", tls=True
    ),
    "the client speaks TLS 1.1": Staging(
        speaks_tls_1_1, refused_tls("tls_version"), "TLS 1.1 at most", tls=True
    ),
    "http:// on the port for TLS": Staging(
        forgets_the_s, refused_tls("plain_http") | {"status": "400"}, "https://", tls=True
    ),
    "TLS is cut off on the way": Staging(is_cut_off_in_tls, refused_tls("tls_gone"), tls=True),
}


@pytest.mark.parametrize("name", STAGINGS)
async def test_the_log_alone_tells_what_it_was(lab: Lab, tmp_path: Path, name: str) -> None:
    staging = STAGINGS[name]
    night = Night(lab, tmp_path / "access.log")
    await night.open(tls=staging.tls, settings=staging.settings)

    await staging.act(night)

    line = await night.last_of(staging.lines)
    assert [each for each, other in STAGINGS.items() if other.is_told_by(line)] == [name], line
