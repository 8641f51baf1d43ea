"""The access log: NGINX's tools read it, and one line is one event."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.exchange import Exchange, Observers
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.target import Target
from sigproxy.telemetry.access_log import AccessLog, Event, as_combined, as_json

STARTED = datetime(2026, 11, 21, 9, 20, 5, tzinfo=UTC).timestamp()
FIELDS: Fields = (
    (b"Host", b"proxy.example.org"),
    (b"referer", b"https://app.example/room?ticket=1#top"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux)"),
)
SEEN = Exchange(
    id="ab12-1f",
    started_at=STARTED,
    started_s=1000.0,
    peer="203.0.113.7",
    method="POST",
    request_target=b"/api.example.com/v1/x?token=t&a=",
    fields=FIELDS,
    route="/",
    upstream=Authority("api.example.com"),
    address="192.0.2.5",
    status=200,
    upstream_status=200,
    connected_s=0.01234567,
    first_byte_s=0.25,
    ended_s=0.5,
    received=10,
    sent=4242,
)
UNPARSED = Exchange(id="ab12-20", started_at=STARTED, started_s=0.0, peer="")

HEAD = re.compile(
    r'(?P<client>\S+) - - \[(?P<time>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>\d{3}) '
    r'(?P<bytes_out>\d+) "(?P<referer>[^"]*)" "(?P<user_agent>[^"]*)" '
)
PAIR = re.compile(r'([a-z_]+)=(?:"([^"]*)"|([^" ]+))(?: |\Z)')


# What the combined format has in its fixed part.
IN_HEAD = {
    *("time", "client", "method", "path", "status", "bytes_out", "referer", "user_agent"),
}


def parsed(line: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the fixed part and the pairs of a combined line; fail if it is none."""
    head = HEAD.match(line)
    assert head is not None, line
    tail = line[head.end() :]
    pairs = list(PAIR.finditer(tail))
    assert "".join(each[0] for each in pairs) == tail
    return head.groupdict(), {each[1]: each[2] if each[3] is None else each[3] for each in pairs}


def lines(exchange: Exchange, event: Event = "request") -> tuple[str, str]:
    return as_combined(event, exchange), as_json(event, exchange)


def test_the_upstreams_path_where_the_request_target_does_not_show_it() -> None:
    seen = replace(SEEN, request_target=b"/ap/?url=ap.agora.io/api/v1&x=1", shows_target=False)
    seen.set_target(Target(Authority("ap.agora.io"), b"/api/v1?x=1"))
    line = as_combined("request", seen)
    assert '"POST /ap/?url=-&x=- HTTP/1.1"' in line
    assert " upstream=ap.agora.io upstream_path=/api/v1 " in line


def test_combined() -> None:
    assert as_combined("request", SEEN) == (
        "203.0.113.7 - - [21/Nov/2026:09:20:05 +0000] "
        '"POST /api.example.com/v1/x?token=-&a=- HTTP/1.1" 200 4242 '
        '"https://app.example/room" "Mozilla/5.0 (X11; Linux)" '
        "event=request id=ab12-1f route=/ upstream=api.example.com address=192.0.2.5 "
        "upstream_status=200 connect_s=0.0123 first_byte_s=0.25 duration_s=0.5 bytes_in=10"
    )


def test_the_peer_stands_beside_a_client_that_it_named() -> None:
    named = replace(SEEN, client="2001:db8::7", peer="10.0.0.5")
    combined, as_object = lines(named)
    assert combined.startswith("2001:db8::7 - - [")
    assert " id=ab12-1f peer=10.0.0.5 route=/ " in combined
    told = json.loads(as_object)
    assert (told["client"], told["peer"]) == ("2001:db8::7", "10.0.0.5")


@pytest.mark.parametrize(
    ("client", "peer", "first", "beside"),
    [
        (None, "10.0.0.5", "10.0.0.5", None),
        ("10.0.0.5", "10.0.0.5", "10.0.0.5", None),
        ("192.0.2.1", "", "192.0.2.1", "unix:"),
        ("", "", "unix:", None),
    ],
)
def test_client_and_peer(client: str | None, peer: str, first: str, beside: str | None) -> None:
    combined, as_object = lines(replace(SEEN, client=client, peer=peer))
    head, pairs = parsed(combined)
    told = json.loads(as_object)
    assert head["client"] == told["client"] == first
    assert pairs.get("peer") == told.get("peer") == beside


@pytest.mark.parametrize("event", ["request", "open", "close", "turn", "connect"])
def test_each_line_says_which_gateway_wrote_it(event: Event) -> None:
    written: list[object] = []
    for form in ("combined", "json"):
        log = AccessLog(written.append, form, instance="gateway1")  # type: ignore[arg-type]
        written.append(log._line(event, SEEN))
    _, pairs = parsed(str(written[0]))
    assert pairs["instance"] == json.loads(str(written[1]))["instance"] == "gateway1"


def test_json() -> None:
    assert json.loads(as_json("request", SEEN)) == {
        "time": "2026-11-21T09:20:05.000Z",
        "client": "203.0.113.7",
        "method": "POST",
        "path": "/api.example.com/v1/x?token=-&a=-",
        "status": 200,
        "bytes_out": 4242,
        "referer": "https://app.example/room",
        "user_agent": "Mozilla/5.0 (X11; Linux)",
        "event": "request",
        "id": "ab12-1f",
        "route": "/",
        "upstream": "api.example.com",
        "address": "192.0.2.5",
        "upstream_status": 200,
        "connect_s": 0.0123,
        "first_byte_s": 0.25,
        "duration_s": 0.5,
        "bytes_in": 10,
    }


def test_a_websocket_at_its_end() -> None:
    closed = replace(SEEN, method="GET", status=101, websocket=True, close_code=1001)
    closed = replace(closed, closed_by="client", reused=True, redirects=2)
    line = as_combined("close", replace(closed, upstream=Authority("::1", 8443)))
    _, pairs = parsed(line)
    assert pairs["event"] == "close"
    assert (pairs["close_code"], pairs["closed_by"]) == ("1001", "client")
    assert (pairs["redirects"], pairs["reused"]) == ("2", "yes")
    assert pairs["upstream"] == "[::1]:8443"


def test_the_steps_that_had_to_be_taken() -> None:
    dialled = replace(SEEN, dns_s=0.00123, tcp_s=0.02, tls_s=0.04)
    assert " upstream_status=200 dns_s=0.0012 tcp_s=0.02 tls_s=0.04 connect_s=" in (
        as_combined("request", dialled)
    )
    assert json.loads(as_json("request", dialled))["tls_s"] == 0.04


def test_an_error_of_ours() -> None:
    refused = replace(SEEN, status=403, error="target_refused", detail='evil.com is "not" listed')
    combined, as_json_ = lines(refused)
    assert combined.endswith(r' error=target_refused detail="evil.com is \x22not\x22 listed"')
    assert json.loads(as_json_)["detail"] == 'evil.com is "not" listed'


def test_bytes_that_were_no_request_have_a_line_too() -> None:
    refused = replace(UNPARSED, status=400, error="bad_request")
    assert as_combined("request", refused) == (
        'unix: - - [21/Nov/2026:09:20:05 +0000] "- - HTTP/1.1" 400 0 "-" "-" '
        "event=request id=ab12-20 error=bad_request"
    )
    assert json.loads(as_json("request", refused))["client"] == "unix:"


def test_a_client_that_left_before_an_answer_is_499() -> None:
    gone = replace(SEEN, status=None, upstream_status=None, error="client_gone")
    combined, as_json_ = lines(gone)
    assert parsed(combined)[0]["status"] == "499"
    assert json.loads(as_json_)["status"] == 499


@pytest.mark.parametrize(
    ("version", "peer"), [((1, 0), "2001:db8::7"), ((1, 1), "203.0.113.7")], ids=["1.0", "1.1"]
)
def test_version_and_peer(version: tuple[int, int], peer: str) -> None:
    head, _ = parsed(as_combined("request", replace(SEEN, version=version, peer=peer)))
    assert head["client"] == peer
    assert head["request"].endswith(" HTTP/{}.{}".format(*version))


# --- one event, one line ---------------------------------------------------------------------

BYTES = st.binary(max_size=50)


@given(
    target=BYTES,
    user_agent=BYTES,
    referer=BYTES,
    detail=st.none() | st.text(max_size=50),
    event=st.sampled_from(["request", "open", "close"]),
)
def test_law_an_event_is_one_line_that_parses_whatever_it_holds(
    target: bytes, user_agent: bytes, referer: bytes, detail: str | None, event: Event
) -> None:
    fields = ((b"Referer", referer), (b"User-Agent", user_agent), (b"Referer", b"second"))
    hostile = replace(SEEN, request_target=target, fields=fields, detail=detail)
    combined, as_json_ = lines(hostile, event)
    for line in (combined, as_json_):
        assert re.fullmatch(r"[\x20-\x7e]+", line)
    _, pairs = parsed(combined)
    record: dict[str, Any] = json.loads(as_json_)
    assert set(record) - IN_HEAD == set(pairs)
    same = set(pairs) - {"detail"}
    assert {key: str(record[key]) for key in same} == {key: pairs[key] for key in same}


# --- the observer ----------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["combined", "json"])
def test_a_request_has_one_line_and_a_websocket_two(format_: Any) -> None:
    written: list[object] = []
    observers = Observers((AccessLog(written.append, format_),))
    observers.ended(SEEN)
    socket = replace(SEEN, websocket=True)
    observers.opened(socket)
    observers.ended(socket)
    as_line = as_json if format_ == "json" else as_combined
    assert list(map(str, written)) == [
        as_line("request", SEEN),
        as_line("open", socket),
        as_line("close", socket),
    ]
