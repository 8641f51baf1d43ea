"""URLs of STUN and TURN servers: what RTCPeerConnection refuses, with Chromium's words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.ice import BadIceUrl, IceUrl, is_ipv4
from tests.semantics.ice_cases import REFUSED, REJECTED, TAKEN
from tests.strategies import names, ports


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_what_is_refused_says_what_the_browser_says_and_what_to_write(text: str, says: str) -> None:
    with pytest.raises(BadIceUrl) as caught:
        IceUrl.parse(text)
    assert caught.value.says.endswith(says)
    assert caught.value.throws
    assert caught.value.remedy


@pytest.mark.parametrize(("text", "says"), REJECTED)
def test_what_browsers_take_and_cannot_use_is_told_apart(text: str, says: str) -> None:
    with pytest.raises(BadIceUrl, match=re.escape(says)) as caught:
        IceUrl.parse(text)
    assert not caught.value.throws


@pytest.mark.parametrize(("text", "parts", "carrier", "port"), TAKEN)
def test_what_is_taken_and_what_is_dialled(
    text: str, parts: tuple[str, str, int | None, str | None], carrier: str, port: int
) -> None:
    url = IceUrl.parse(text)
    assert (url.scheme, url.host, url.port, url.transport) == parts
    assert (url.carrier, url.dialled_port) == (carrier, port)


@pytest.mark.parametrize(
    ("port", "allowed"),
    [(53, True), (80, True), (443, True), (1024, True), (65535, True), (79, False), (1023, False)],
)
def test_browsers_dial_turn_on_these_ports(port: int, allowed: bool) -> None:
    assert IceUrl.parse(f"turn:h:{port}").is_port_allowed == allowed


@given(
    st.sampled_from(["stun", "stuns", "turn", "turns"]),
    names | st.ip_addresses().map(str),
    st.none() | ports,
    st.sampled_from([None, "udp", "tcp"]),
)
def test_a_url_reads_back_as_it_was_written(
    scheme: str, host: str, port: int | None, transport: str | None
) -> None:
    url = IceUrl(scheme, host, port, transport if scheme.startswith("turn") else None)
    assert IceUrl.parse(str(url)) == url


@given(st.text() | st.text("stunr:[]@/?=&.:0123456789transpoudcl", max_size=30))
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    try:
        url = IceUrl.parse(text)
    except BadIceUrl:
        return
    assert IceUrl.parse(str(url)) == url


@pytest.mark.parametrize(
    ("text", "is_one"), [("192.0.2.1", True), ("192.0.2", False), ("h", False), ("::1", False)]
)
def test_an_ipv4_address_is_a_dotted_quad(text: str, is_one: bool) -> None:
    assert is_ipv4(text) == is_one
