"""Who calls, and under which names they know us: whom a proxy in front is believed."""

from ipaddress import ip_network

import pytest

from sigproxy.errors import BadRequest
from sigproxy.exchange import Exchange
from sigproxy.policies.identity import Identity
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields

PROXY, STRANGER = "10.0.0.1", "192.0.2.7"
BEHIND_A_PROXY = Identity(
    public_names=frozenset({Authority.parse(b"gw.example")}),
    trusted_proxies=(ip_network("10.0.0.0/8"),),
)


def asked(peer: str, *fields: tuple[bytes, bytes], host: bytes = b"gw.example") -> Exchange:
    given: Fields = ((b"Host", host), *fields)
    return Exchange("1", 0.0, 0.0, peer, fields=given)


@pytest.mark.parametrize(("peer", "client"), [(PROXY, "198.51.100.9"), (STRANGER, STRANGER)])
def test_only_a_trusted_proxy_names_the_client(peer: str, client: str) -> None:
    fields = asked(peer, (b"X-Forwarded-For", b"198.51.100.9")).fields
    assert BEHIND_A_PROXY.client(peer, fields) == client


def test_without_a_list_nobody_is_a_proxy() -> None:
    assert Identity().client(PROXY, ((b"X-Forwarded-For", b"198.51.100.9"),)) == PROXY
    assert not Identity().is_proxy(PROXY)


@pytest.mark.parametrize("peer", [PROXY, STRANGER])
def test_own_names_are_the_operator_s_the_client_s_and_a_trusted_proxy_s(peer: str) -> None:
    names = BEHIND_A_PROXY.own_authorities(
        asked(peer, (b"X-Forwarded-Host", b"outside.example"), host=b"inside.example")
    )
    assert {str(each) for each in names} - {"outside.example"} == {"gw.example", "inside.example"}
    assert (Authority.parse(b"outside.example") in names) == (peer == PROXY)


def test_a_request_without_host_names_nobody() -> None:
    with pytest.raises(BadRequest):
        BEHIND_A_PROXY.own_authorities(Exchange("1", 0.0, 0.0, STRANGER, fields=()))


@pytest.mark.parametrize(("peer", "origin"), [(PROXY, b"http://gw.example"), (STRANGER, b"")])
def test_without_tls_of_our_own_only_a_proxy_knows_the_scheme(peer: str, origin: bytes) -> None:
    identity = Identity(trusted_proxies=BEHIND_A_PROXY.trusted_proxies, tls=False)
    assert identity.external_origin(asked(peer, (b"X-Forwarded-Proto", b"http"))) == origin


@pytest.mark.parametrize(
    ("path", "stripped_prefix"), [(b"/a.example/x", b"/acs"), (b"/acs/a.example/x", b"")]
)
def test_a_prefix_that_is_still_there_was_not_taken_off(
    path: bytes, stripped_prefix: bytes
) -> None:
    exchange = asked(PROXY, (b"X-Forwarded-Prefix", b"/acs"))
    assert BEHIND_A_PROXY.stripped_prefix(exchange, path) == stripped_prefix
    assert BEHIND_A_PROXY.stripped_prefix(asked(STRANGER, *exchange.fields[1:]), path) == b""


def test_the_client_is_the_first_of_the_chain() -> None:
    told = BEHIND_A_PROXY.forwarding(asked(PROXY, (b"X-Forwarded-For", b"198.51.100.9")))
    assert told.client == "198.51.100.9"
    assert told.chain == (b"198.51.100.9", PROXY.encode())
