"""From the settings in ``[turn]`` to what credentials, ICE servers and coturn are made from."""

from collections.abc import Iterable

from sigproxy.assembly.turn import build_turn, relay_address
from sigproxy.config import Settings, TurnSettings
from sigproxy.media.coturn.options import CoturnOptions, Policy, Version
from sigproxy.media.ranges import MediaVendor
from sigproxy.policies.turn import Turn


class Unusable(ValueError):
    """The settings do not tell what is asked for: what is missing, and what to add."""


def turn_of(settings: Settings) -> Turn:
    """Return the TURN server that *settings* tell of."""
    return build_turn(_section(settings))


def coturn_options(
    settings: Settings,
    vendors: Iterable[MediaVendor],
    *,
    version: Version = "4.6",
    policy: Policy | None = None,
    local_ip: str = "",
    relay_ip6: str = "",
) -> CoturnOptions:
    """Return what turnserver.conf is made from; *vendors* are those that a policy sfu admits."""
    section, turn = _section(settings), turn_of(settings)
    if not turn.addresses:
        raise Unusable(
            "turn.addresses: coturn has to know the address that clients reach; add "
            'addresses = ["203.0.113.5"], with its public IPv4 address'
        )
    chosen = policy or section.policy
    networks = tuple(network for vendor in vendors for network in vendor.networks)
    if chosen == "sfu" and not networks:
        raise Unusable(
            "policy sfu: of no vendor that the routes reach are the media servers' networks "
            'published; use "deny-private", or add allowed-peer-ip lines for your media servers'
        )
    return CoturnOptions(
        realm=turn.realm,
        secrets=tuple(secret.decode() for secret in turn.secrets),
        public_ip=turn.addresses[0],
        local_ip=local_ip,
        udp_port=turn.udp_port,
        tls_port=0 if section.relay else turn.tls_port,
        relay=relay_address(section),
        policy=chosen,
        media_ranges=networks if chosen == "sfu" else (),
        version=version,
        relay_ip6=relay_ip6,
    )


def _section(settings: Settings) -> TurnSettings:
    if settings.turn is None:
        raise Unusable("there is no [turn] in the configuration, so no TURN server; add it")
    return settings.turn
