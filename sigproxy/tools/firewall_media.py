"""What has to be opened for media: toward the vendors, or toward a TURN server of one's own.

    rules = media_rules(reached_vendors(reach), turn)

With a TURN server clients need nothing but it, and it is what reaches the vendors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sigproxy.config import Settings
from sigproxy.media.coturn.options import FIRST_PORT, LAST_PORT
from sigproxy.media.ranges import MEDIA_VENDORS, TCP, UDP, MediaVendor
from sigproxy.policies.targets import TargetPolicy
from sigproxy.policies.turn import Turn
from sigproxy.semantics.authority import Authority
from sigproxy.tools.firewall import TO_TURN, Reach, Rule
from sigproxy.tools.turn import turn_of

TO_VENDORS = "clients to media servers"
FROM_TURN = "TURN server to media servers"
INTO_TURN = "media servers to TURN server"
_RELAYS = f"{FIRST_PORT}-{LAST_PORT}"


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """A TURN server of one's own; `shares_port`: TLS comes in by the gateway's own port."""

    turn: Turn
    shares_port: bool

    @property
    def hosts(self) -> tuple[str, ...]:
        return self.turn.addresses or (self.turn.name,)


def own_turn(settings: Settings) -> OwnTurn | None:
    if settings.turn is None:
        return None
    return OwnTurn(turn_of(settings), settings.turn.relay is not None)


def reached_vendors(reach: Reach) -> list[MediaVendor]:
    """Return those whose signaling *reach* covers, or whose preset it has."""
    named = {vendor.name for vendor in reach.vendors}
    policy = TargetPolicy(tuple(host.pattern for host in reach.hosts if not host.pattern.is_open))
    return [
        vendor
        for vendor in MEDIA_VENDORS
        if named & {*vendor.presets}
        or (not vendor.presets and policy.admits(Authority.parse(vendor.signaling.encode())))
    ]


def media_rules(vendors: Sequence[MediaVendor], own: OwnTurn | None) -> list[Rule]:
    if own is None:
        return [rule for vendor in vendors for rule in _of_vendor(vendor, TO_VENDORS, "clients")]
    return [*_to_turn(own), *_beyond_turn(vendors, own)]


def _of_vendor(vendor: MediaVendor, direction: str, source: str) -> Iterator[Rule]:
    for destination, protocol, port in vendor.rows:
        if direction == TO_VENDORS or protocol == UDP:  # a TURN server relays UDP alone
            known_from, as_of = (
                f"the vendor's page: {vendor.source}",
                vendor.dated.removeprefix("read "),
            )
            yield Rule(
                *(direction, source, destination, protocol, port, "media", vendor.name),
                *(known_from, as_of),
            )


def _to_turn(own: OwnTurn) -> Iterator[Rule]:
    turn = own.turn
    if turn.udp_port:
        for host in own.hosts:
            why = "TURN over UDP, the fastest way for media; without it media goes by TLS"
            yield Rule(TO_TURN, "clients", host, UDP, str(turn.udp_port), why, "")
    tls = "TURN over TLS" + (", by the gateway's own port" if own.shares_port else "")
    for port, why in ((turn.tls_port, tls), (turn.tcp_port, "TURN over plain TCP")):
        if port:
            yield Rule(TO_TURN, "clients", turn.name, TCP, str(port), why, "")


def _beyond_turn(vendors: Sequence[MediaVendor], own: OwnTurn) -> Iterator[Rule]:
    for vendor in vendors:
        yield from _of_vendor(vendor, FROM_TURN, "TURN server")
    if not vendors:
        why = "relayed media; no vendor's ranges are known here"
        yield Rule(FROM_TURN, "TURN server", "any", UDP, "any", why, "")
    for host in own.hosts:
        why = "relayed media, on its way back; other clients' too, where two meet"
        yield Rule(INTO_TURN, "media servers", host, UDP, _RELAYS, why, "")
