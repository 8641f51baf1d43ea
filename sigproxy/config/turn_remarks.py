"""What works in ``[turn]`` but may be a mistake, or be missed later."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from sigproxy.config.certificates import names_missing
from sigproxy.config.values import is_loopback, parse_bind
from sigproxy.semantics.authority import Authority

if TYPE_CHECKING:
    from sigproxy.config.model import Settings, TurnSettings

# RFC 5737: they stand in examples, this project's as well.
_DOCUMENTATION = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
# How long an SDK keeps a credential, in seconds: by one of a route's presets.
_KEPT = {
    "acs": (8 * 3600, "ACS keeps a credential for as long as the page is open"),
    "acs-gov": (8 * 3600, "ACS keeps a credential for as long as the page is open"),
    "daily": (3600, "Daily wants a credential that is good for an hour"),
}


def remarks(settings: "Settings") -> Iterator[str]:
    turn = settings.turn
    if turn is None:
        return
    yield from _whom(settings, turn)
    yield from _addresses(turn)
    yield from _kept(settings, turn)
    if turn.relay is None:
        yield from _not_shared(turn)
    else:
        yield from _in_front(settings, turn)
        yield from _certificate(settings, turn)


def _whom(settings: "Settings", turn: "TurnSettings") -> Iterator[str]:
    if turn.open and not all(map(is_loopback, settings.server.bind)):
        yield (
            "turn.open: whoever reaches the gateway gets credentials, and may relay what they "
            "like; let keys or allowed_origins say who"
        )


def _addresses(turn: "TurnSettings") -> Iterator[str]:
    if not turn.addresses:
        yield (
            "turn.addresses: there are none, so that the native SDKs of ACS get no ICE servers, "
            "and `sigproxy coturn` cannot print a configuration; add the TURN server's public IPv4 "
            "address"
        )
    for text in turn.addresses:
        address = IPv4Address(text)
        if any(address in network for network in _DOCUMENTATION):
            yield (
                f"turn.addresses: {text} is an address for examples, which nobody reaches; write "
                "the TURN server's own"
            )
        elif address.is_loopback or address.is_link_local:
            yield (
                f"turn.addresses: {text} leads each client to its own machine or cable; write the "
                "address at which clients reach the TURN server"
            )


def _kept(settings: "Settings", turn: "TurnSettings") -> Iterator[str]:
    presets = dict.fromkeys(name for route in settings.route for name in route.presets)
    found = {_KEPT[name] for name in presets if name in _KEPT}
    for least_s, why in sorted(found):
        if turn.ttl_s < least_s:
            yield f"turn.ttl_s: {turn.ttl_s} is short: {why}; use {least_s} or more"


def _not_shared(turn: "TurnSettings") -> Iterator[str]:
    if turn.tls_port:
        yield (
            f"turn.relay: there is none, so that the gateway's own ports carry no TURN, and "
            f"clients are still told turns:{turn.name}:{turn.tls_port}; set relay, or tls_port = 0 "
            "unless another server answers there"
        )


def _in_front(settings: "Settings", turn: "TurnSettings") -> Iterator[str]:
    """Say what whoever is in front of the gateway has to do, if somebody is."""
    server = settings.server
    if not turn.tls_port:
        return
    if not server.certificate and not server.proxy_protocol:
        yield (
            f"turn.relay: the gateway has no certificate, so that something in front has to end "
            f"TLS at {turn.name}:{turn.tls_port}. Only what passes the bytes on does (a layer 4 "
            "balancer); one that speaks HTTP (NGINX, a CDN) passes no TURN. Set server.certificate "
            "and let clients connect directly, or see that it is such a balancer"
        )
        return
    ports = {each.port for each in map(parse_bind, server.bind) if isinstance(each, Authority)}
    if turn.tls_port not in ports and not server.proxy_protocol:
        yield (
            f"turn.tls_port: clients dial {turn.tls_port}, and the gateway listens at "
            f"{', '.join(server.bind)}; see that a firewall or a balancer hands that port on to it"
        )


def _certificate(settings: "Settings", turn: "TurnSettings") -> Iterator[str]:
    """Say so if browsers will not take the certificate for TURN's name."""
    server = settings.server
    if server.certificate is None or turn.name is None or not turn.tls_port:
        return
    if turn.name in server.public_names:  # which have a note of their own
        return
    if names_missing(server.certificate, server.private_key, [turn.name]):
        yield (
            f"turn.name: {server.certificate} is not for {turn.name}, which browsers dial by TLS; "
            "use one of its names, or a certificate that has this one"
        )
