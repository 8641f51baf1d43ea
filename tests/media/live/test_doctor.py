"""`sigproxy doctor` in closed networks, and at the gateway, with the real coturn."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.media.live.coturn import NEXT_SECRET, Coturn, without
from tests.media.live.networks import (
    GATEWAY,
    NO_UDP,
    ONLY_443,
    ONLY_PROXY,
    OPEN,
    PROXY,
    Namespace,
    run,
)
from tests.media.live.servers import NAME, PROXY_PORT
from tests.media.live.site import TEST_KEY, Site, in_its_place
from tests.service.process import ran

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

DOCTOR = (sys.executable, "-m", "sigproxy", "doctor", "--json")
VIA_PROXY = {"HTTPS_PROXY": f"http://{PROXY}:{PROXY_PORT}"}
RELAY, UDP, TLS = "turn relay 127.0.0.1:3479", f"turn udp {NAME}:3478", f"turn tls {NAME}:443"
WAYS = (RELAY, UDP, TLS)
URL = f"https://{NAME}/{TEST_KEY}"


async def told(
    place: Namespace, *arguments: str, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the token of each finding that is not ok, by its name; "" if there is none."""
    code, out, err = await ran((*place.prefix, *DOCTOR, *arguments), environ)
    assert err == ""
    report: dict[str, Any] = json.loads(out)
    assert report["took_s"] < 15
    assert code == (report["verdict"] == "fail")
    assert TEST_KEY not in out
    print(*(f"{each}\n" for each in report["findings"]))
    return {each["name"]: each["token"] for each in report["findings"] if each["level"] != "ok"}


async def at_gateway(site: Site) -> dict[str, str]:
    """Return what is wrong, of what belongs to TURN."""
    found = await told(site.networks.server, "--config", str(site.gateway.config))
    return {name: token for name, token in found.items() if name.startswith(("turn", "stun"))}


async def from_client(
    site: Site, *arguments: str, environ: Mapping[str, str] | None = None, url: str = URL
) -> dict[str, str]:
    """Return what is wrong, seen from a client's network; one vendor of the site is none here."""
    trust = ("--ca-file", str(site.pki.ca_file))
    found = await told(site.networks.clients[0], *trust, *arguments, url, environ=environ)
    return {name: token for name, token in found.items() if not name.startswith("vendor ")}


@contextmanager
def closed_port(site: Site) -> Iterator[None]:
    """Have the firewall's rule that `sigproxy coturn` prints."""
    rules = f"type filter hook input priority 0\nip daddr {GATEWAY} tcp dport 3479 drop\n"
    text = "table inet guard {\nchain in {\n" + rules + "}\n}\n"
    run(*site.networks.server.prefix, "nft", "-f", "-", given=text)
    try:
        yield
    finally:
        run(*site.networks.server.prefix, "nft", "delete", "table", "inet", "guard")


async def test_our_own_server_relays_and_refuses(site: Site) -> None:
    assert await at_gateway(site) == {"turn proxy port": "proxy_port_open"}
    with closed_port(site):
        assert await at_gateway(site) == {}


def changed(printed: str, **values: str) -> str:
    """Return a configuration whose lines of these names have other values."""
    for name, value in values.items():
        key = name.replace("_", "-")
        printed, count = re.subn(rf"^{key}=.*$", f"{key}={value}", printed, flags=re.MULTILINE)
        assert count, key
    return printed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda text: without(text, "denied-peer-ip"),
            {"turn peers": "turn_peer_exposed"},
        ),
        (
            lambda text: without(text, "allowed-peer-ip") + f"denied-peer-ip={GATEWAY}\n",
            dict.fromkeys(WAYS, "turn_own_relay_refused"),
        ),
        (
            lambda text: without(text, "use-auth-secret", "static-auth-secret") + "no-auth\n",
            {**dict.fromkeys(WAYS, "turn_open_relay"), "turn peers": "turn_untested"},
        ),
        (
            lambda text: changed(text, static_auth_secret="0" * 64),
            {**dict.fromkeys(WAYS, "turn_credentials_refused"), "turn peers": "turn_untested"},
        ),
        (
            lambda text: text.replace(f"static-auth-secret={NEXT_SECRET}\n", ""),
            {"turn credentials": "turn_secret_unknown"},
        ),
        (
            lambda text: changed(text, realm="other.example"),
            dict.fromkeys(WAYS, "turn_other_realm"),
        ),
    ],
    ids=["peers", "own relay", "no-auth", "wrong secret", "a secret forgotten", "realm"],
)
async def test_what_is_wrong_with_our_own_server_is_named(
    site: Site, tmp_path: Path, change: Any, expected: dict[str, str]
) -> None:
    other = Coturn(tmp_path, site.networks.server, change(site.printed))
    async with in_its_place(site, other):
        with closed_port(site):
            assert await at_gateway(site) == expected


async def test_a_server_that_is_down_is_named_at_each_of_its_ports(site: Site) -> None:
    await site.coturn.kill()
    try:
        found = await at_gateway(site)
    finally:
        await site.coturn.start()
    assert found == {
        f"stun {NAME}:3478": "connection_refused",
        RELAY: "connection_refused",
        UDP: "connection_refused",
        TLS: "connection_terminated",
        "turn peers": "turn_untested",
    }


def no_udp(token: str) -> dict[str, str]:
    return {f"stun {NAME}:3478": token.replace("turn_", "stun_"), UDP: token}


@pytest.mark.parametrize(
    ("rules", "environ", "expected"),
    [
        (OPEN, None, {}),
        (NO_UDP, None, {**no_udp("turn_silent"), "modes": "udp_blocked"}),
        (ONLY_443, None, {**no_udp("turn_silent"), "modes": "only_443"}),
        (ONLY_PROXY, VIA_PROXY, {**no_udp("dns_error"), "modes": "http_proxy_only"}),
    ],
    ids=["open", "no UDP", "only 443", "only a proxy"],
)
async def test_a_network_is_told_by_what_it_blocks(
    site: Site, rules: tuple[str, ...], environ: dict[str, str] | None, expected: dict[str, str]
) -> None:
    site.networks.clients[0].close_off(rules)
    assert await from_client(site, environ=environ) == expected


async def test_a_turn_server_that_is_down_is_told_from_a_network_that_blocks_it(
    site: Site, tmp_path: Path
) -> None:
    await site.coturn.kill()
    try:
        found = await from_client(site)
    finally:
        await site.coturn.start()
    assert found["modes"] == "turn_unreachable"
    other = Coturn(
        tmp_path, site.networks.server, changed(site.printed, static_auth_secret="0" * 64)
    )
    async with in_its_place(site, other):
        assert (await from_client(site))["modes"] == "turn_credentials_refused"
