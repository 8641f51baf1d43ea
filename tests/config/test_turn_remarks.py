"""What `check` notes about a [turn] that works: what an operator would find out too late."""

from pathlib import Path

import pytest
import trustme

from sigproxy.config import remarks
from tests.config.turn import KEY, loaded, turn

pytestmark = pytest.mark.usefixtures("secret")


@pytest.fixture
def server(file: Path) -> str:
    """Return a [server] that clients reach directly, with a certificate for gateway.example."""
    return server_at(file, "0.0.0.0:443", "gateway.example", "*.media.example")


def server_at(file: Path, bind: str, *names: str, more: str = "") -> str:
    pair = file.with_name("pair.pem")
    trustme.CA().issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(pair))
    return f"\n[server]\nbind = ['{bind}']\ncertificate = '{pair}'\n{more}"


def noted(file: Path, text: str) -> list[str]:
    route = "" if "[[route]]" in text else "\n[[route]]\npresets = ['vonage']"
    notes = [each.replace(f"{file.parent}/", "") for each in remarks(loaded(file, text + route))]
    return [each for each in notes if each.startswith("turn.")]


WELL = {"addresses": "['192.88.0.5']", "relay": "'127.0.0.1:3479'"}


def test_nothing_is_noted_where_nothing_is_missing(file: Path, server: str) -> None:
    assert noted(file, turn(file, **WELL) + server) == []


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (
            {"addresses": ""},
            "turn.addresses: there are none, so that the native SDKs of ACS get no ICE servers, "
            "and `sigproxy coturn` cannot print a configuration; add the TURN server's public "
            "IPv4 address",
        ),
        (
            {"addresses": "['203.0.113.5']"},
            "turn.addresses: 203.0.113.5 is an address for examples, which nobody reaches; write "
            "the TURN server's own",
        ),
        (
            {"addresses": "['127.0.0.1']"},
            "turn.addresses: 127.0.0.1 leads each client to its own machine or cable; write the "
            "address at which clients reach the TURN server",
        ),
        (
            {"keys": "", "open": "true"},
            "turn.open: whoever reaches the gateway gets credentials, and may relay what they "
            "like; let keys or allowed_origins say who",
        ),
        (
            {"relay": ""},
            "turn.relay: there is none, so that the gateway's own ports carry no TURN, and clients "
            "are still told turns:gateway.example:443; set relay, or tls_port = 0 unless another "
            "server answers there",
        ),
        (
            {"tls_port": "5349"},
            "turn.tls_port: clients dial 5349, and the gateway listens at 0.0.0.0:443; see that a "
            "firewall or a balancer hands that port on to it",
        ),
        (
            {"name": "'turn.example'"},
            "turn.name: pair.pem is not for turn.example, which browsers dial by TLS; use one of "
            "its names, or a certificate that has this one",
        ),
    ],
)
def test_what_is_noted(file: Path, server: str, values: dict[str, str], note: str) -> None:
    assert noted(file, turn(file, **WELL | values) + server) == [note]


@pytest.mark.parametrize(
    "values",
    [
        {"relay": "", "tls_port": "0"},
        {"tls_port": "0", "name": "'turn.example'"},
        {"name": "'a.media.example'"},
        {"addresses": "['10.0.0.5']"},
    ],
)
def test_what_is_not(file: Path, server: str, values: dict[str, str]) -> None:
    assert noted(file, turn(file, **WELL | values) + server) == []


def test_a_gateway_without_a_certificate_depends_on_what_is_in_front(file: Path) -> None:
    [note] = noted(file, turn(file, **WELL) + "\n[server]\nbind = ['0.0.0.0:8080']")
    assert note.startswith(
        "turn.relay: the gateway has no certificate, so that something in front has to end TLS at "
        "gateway.example:443. Only what passes the bytes on does (a layer 4 balancer)"
    )


@pytest.mark.parametrize("certificate", [True, False])
def test_behind_a_balancer_nothing_is(file: Path, certificate: bool) -> None:
    more = "proxy_protocol = true\ntrusted_proxies = ['10.0.0.9']"
    server = server_at(file, "0.0.0.0:8443", "gateway.example", more=more)
    if not certificate:
        server = f"\n[server]\nbind = ['0.0.0.0:8443']\n{more}"
    assert noted(file, turn(file, **WELL) + server) == []


def test_open_to_this_machine_alone_is_no_danger(file: Path) -> None:
    server = server_at(file, "127.0.0.1:443", "gateway.example")
    assert noted(file, turn(file, **WELL | {"keys": "", "open": "true"}) + server) == []


@pytest.mark.parametrize(
    ("preset", "ttl_s", "note"),
    [
        ("acs", 3600, "3600 is short: ACS keeps a credential for as long as the page is open"),
        ("acs-gov", 28_799, "use 28800 or more"),
        ("daily", 600, "600 is short: Daily wants a credential that is good for an hour"),
        ("acs", 28_800, None),
        ("daily", 3600, None),
        ("vonage", 60, None),
    ],
)
def test_a_credential_that_an_sdk_keeps_longer(
    file: Path, server: str, preset: str, ttl_s: int, note: str | None
) -> None:
    route = f"\n[[route]]\npresets = ['{preset}']\nkeys = ['{KEY}x']"
    found = noted(file, turn(file, **WELL, ttl_s=str(ttl_s)) + server + route)
    assert len(found) == (note is not None)
    assert note is None or note in found[0]
