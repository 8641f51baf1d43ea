"""With `mask_addresses` no line of the log has the whole address of a client."""

import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.exchange import Exchange
from sigproxy.semantics.trace_context import Trace
from sigproxy.telemetry import spans
from sigproxy.telemetry.access_log import AccessLog, Event
from sigproxy.telemetry.client_addresses import masked, without_addresses
from tests.telemetry.test_access_log import SEEN, parsed

CLIENT, PROXY, CLIENT6 = "203.0.113.7", "198.51.100.23", "2001:db8:1:2::7"
# Whatever a client can write into a line, besides what the connection says of it.
EVERYWHERE = replace(
    SEEN,
    peer=PROXY,
    client=CLIENT,
    request_target=b"/203.0.113.7:443/198.51.100.23/[2001:db8:1:2::7]/2001%3Adb8%3a1%3A2%3A%3A7",
    upstream_path=b"/of/203.0.113.7",
    fields=(
        (b"user-agent", b"mine (203.0.113.7; ::ffff:203.0.113.7; ::ffff:cb00:7107)"),
        (b"referer", b"https://203.0.113.7/x"),
        (b"x-request-id", b"203.0.113.7-1"),
        (b"traceparent", b"2001:DB8:1:2:0:0:0:7"),
        (b"x-forwarded-for", b"[2001:db8:1:2::7]:443, 203.0.113.7:51008"),
    ),
    error="too_many_requests",
    detail="203.0.113.7 and 2001:db8:1:2::7:443 sent more than 600/minute",
)
WHOLE = (CLIENT, PROXY, CLIENT6, "2001:DB8:1:2:0:0:0:7", "cb00:7107", "2001:db8:1:2:", "%3A7")


def written(exchange: Exchange, form: str, event: Event = "request", *, masks: bool = True) -> str:
    lines: list[object] = []
    log = AccessLog(lines.append, format=form, mask_addresses=masks)  # type: ignore[arg-type]
    match event:
        case "open":
            log.opened(exchange)
        case "connect":
            log.failed(exchange)
        case _:
            log.ended(exchange)
    return str(lines[0])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0"),
        ("::ffff:203.0.113.7", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_an_address_becomes_its_network(address: str, network: str) -> None:
    assert masked(address) == network


@pytest.mark.parametrize("form", ["combined", "json"])
@pytest.mark.parametrize("event", ["request", "open", "close", "turn", "connect"])
def test_no_line_has_a_whole_address(event: Event, form: str) -> None:
    exchange = replace(
        EVERYWHERE, websocket=event in ("open", "close"), turn="tls" if event == "turn" else None
    )
    line = written(exchange, form, event)
    assert [each for each in WHOLE if each in line] == []
    values = json.loads(line) if form == "json" else parsed(line)[1]
    assert values["event"] == event
    assert values["peer"] == "198.51.100.0"
    assert values["address"] == "192.0.2.5"  # the vendor's
    client = values["client"] if form == "json" else parsed(line)[0]["client"]
    assert client == "203.0.113.0"
    assert "203.0.113.0 and 2001:db8:1:: sent more" in values["detail"]


def test_no_span_has_a_whole_address() -> None:
    exchange = replace(EVERYWHERE, status=502, trace=Trace(1, 2, 3))
    span = spans.of(exchange, mask_addresses=True)
    assert [each for each in WHOLE if each in str(span)] == []
    assert span.attributes["client.address"] == "203.0.113.0"
    assert span.attributes["network.peer.address"] == "198.51.100.0"
    assert span.failure is not None
    assert CLIENT in str(spans.of(exchange))


@pytest.mark.parametrize("form", ["combined", "json"])
def test_a_client_over_ipv6(form: str) -> None:
    line = written(replace(EVERYWHERE, client=None, peer=CLIENT6, fields=()), form)
    assert CLIENT6 not in line
    assert "2001:db8:1::" in line
    assert "/203.0.113.7:443/" in line  # a host that it asked for, and not its own address


@pytest.mark.parametrize("form", ["combined", "json"])
def test_off_by_default(form: str) -> None:
    assert CLIENT in written(SEEN, form, masks=False)
    assert AccessLog(print).mask_addresses is False


def test_what_only_looks_alike_stays() -> None:
    exchange = replace(SEEN, peer="1.2.3.4", fields=())
    line = "11.2.3.45 1.2.3.40 1.2.3.4 09:20:05 ::1 a%3A%3Ab"
    assert without_addresses(line, exchange) == "11.2.3.45 1.2.3.40 1.2.3.0 09:20:05 ::1 a%3A%3Ab"


ADDRESSES = st.one_of(
    st.ip_addresses(v=4).filter(lambda each: int(each) & 0xFF),
    st.ip_addresses(v=6).filter(lambda each: int(each) & 0xFF),
)


@given(ADDRESSES, st.text(" =[\"'", max_size=3), st.text("/ ]\"'", max_size=3))
def test_any_address_in_any_place(
    address: IPv4Address | IPv6Address, before: str, after: str
) -> None:
    line = f"{before} {address}{after}"
    network = masked(str(address))
    assert without_addresses(line, replace(SEEN, peer=str(address), fields=())) == line.replace(
        str(address), network
    )
    assert ip_address(network) != address


def test_a_client_that_lists_thousands_of_proxies_is_masked_all_the_same() -> None:
    made_up = ", ".join(f"10.{n >> 8}.{n & 255}.9" for n in range(3000))
    fields = ((b"x-forwarded-for", f"{made_up}, {CLIENT}".encode()),)
    exchange = replace(SEEN, peer=PROXY, client=CLIENT, fields=fields)
    assert without_addresses(f"{CLIENT} {PROXY} 10.0.1.9", exchange) == (
        "203.0.113.0 198.51.100.0 10.0.1.9"
    )
