"""Media from here: ICE servers of the gateway, and every way to a TURN server that they name."""

import json
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any

from sigproxy.policies.targets import AddressPolicy
from sigproxy.semantics.ice import BadIceUrl, IceUrl
from sigproxy.tools.dial import Admits, HttpProxy
from sigproxy.tools.doctor.client.asking import Asked
from sigproxy.tools.doctor.client.pages import INSPECTED, LOGGED
from sigproxy.tools.doctor.finding import Finding, failure, well
from sigproxy.tools.doctor.turn.relaying import Login
from sigproxy.tools.doctor.turn.way import Way
from sigproxy.tools.turn_link import DatagramLink, StreamLink

MOST_URLS = 16  # browsers warn of five and more

REMEDIES = {
    "address_refused": "whoever names it has to name the TURN server's public address, or the "
    "gateway's own",
    "turn_silent udp": "let the firewall pass UDP from this network to {place}, and back",
    "turn_silent tcp": "let the firewall pass TCP from this network to {place}",
    "turn_silent tls": "let the firewall pass TCP from this network to {place}, also what is not "
    "HTTP; {place} should be exempt from TLS inspection",
    "connection_refused": "the operator has to start the TURN server, or a firewall refuses it",
    "connection_terminated": "something in between ends it: have {place} exempted from inspection",
    "proxy_refused": "let the proxy pass CONNECT to {place}",
    "proxy_unreachable": "correct HTTPS_PROXY (or the system's setting)",
    "dns_error": "let the network's name server answer for it",
    "certificate_untrusted": "see what is said of the gateway's own certificate",
    "turn_open_relay": "the operator has to remove no-auth from turnserver.conf",
    "turn_credentials_refused": "the operator has to give both servers one secret, and see that "
    "their clocks agree",
    "turn_own_relay_refused": "the operator has to allow the TURN server's own address as a peer",
    "turn_quota_reached": "wait, or the operator can raise coturn's user-quota",
    "turn_no_capacity": "the operator can raise coturn's total-quota",
    "media_failed": "the operator has to let UDP pass from and to the TURN server's relay ports",
    "media_lossy": "see whether the line is full or the Wi-Fi weak; try by cable",
    "media_slow": "see whether the line is full, a VPN makes a detour, or the gateway is far away",
}


@dataclass(frozen=True, slots=True)
class IceServers:
    """URLs of TURN, each with what it takes."""

    turn: tuple[tuple[IceUrl, Login], ...]


def judge_ice(asked: Asked) -> Finding | None:
    """Return why there are no ICE servers; None if there are."""
    if asked.status == 200:
        return None
    if asked.error == "turn_off":
        return well("ice", "this gateway gives no TURN credentials, so no media is tried")
    remedies = {
        "key_refused": "give the right key, https://GATEWAY/KEY",
        "origin_refused": "the operator can add keys, for what is no web page",
        "too_many_credentials": "wait, or the operator can raise turn.credentials_per_address",
    }
    if not asked.status:
        return failure("ice", "gateway_unreachable", asked.shown, INSPECTED)
    token = asked.error if asked.error in remedies else "gateway_error"
    return failure("ice", token, asked.shown, remedies.get(asked.error, LOGGED))


def none_named() -> Finding:
    what = "the ICE servers that the gateway gives name no TURN server, so no media is tried"
    remedy = "the operator has to give [turn] a port: udp_port, tls_port or tcp_port"
    return failure("ice", "ice_empty", what, remedy)


def parse(raw: bytes) -> IceServers:
    """Return what *raw*, an RTCConfiguration in JSON, names; raise ValueError.

    All of it is judged before any of it is used.
    """
    try:
        servers: list[Any] = json.loads(raw)["iceServers"]
        found = [each for server in servers for each in _urls(server)]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no iceServers in it: {error}") from None
    if len(found) > MOST_URLS:
        raise ValueError(f"they have {len(found)} URLs; more than {MOST_URLS} are not tried")
    return IceServers(tuple((url, login) for url, login in found if url.is_turn))


def _urls(server: dict[str, Any]) -> Iterator[tuple[IceUrl, Login]]:
    urls = server["urls"]
    login = Login(str(server.get("username", "")), str(server.get("credential", "")))
    for text in [urls] if isinstance(urls, str) else urls:
        try:
            yield IceUrl.parse(text), login
        except BadIceUrl as error:
            raise ValueError(str(error)) from None


def own_or_public(own: Iterable[str]) -> Admits:
    """Return what admits public addresses and *own*, the gateway's.

    Whoever answers in a gateway's place may name any address: this machine's, or one of its
    network, that only this machine can reach.
    """
    policy = AddressPolicy(tuple(ip_network(each.partition("%")[0]) for each in own))
    return lambda address: policy.allows(ip_address(address.partition("%")[0]))


def way_of(
    url: IceUrl, trust: ssl.SSLContext, proxy: HttpProxy | None, admits: Admits | None = None
) -> Way:
    """Return how to get to *url*: streams go through the *proxy*, as a browser's do."""
    host, port = url.host, url.dialled_port
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    name = f"turn {url.carrier} {place}" if url.is_turn else f"stun {place}"
    if url.carrier == "udp":
        return Way(name, "udp", place, partial(DatagramLink.open, host, port, admits))
    context = trust if url.carrier == "tls" else None
    opened = partial(StreamLink.open, host, port, context, proxy, admits)
    return Way(name, url.carrier, place, opened)
