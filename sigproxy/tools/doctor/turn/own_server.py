"""The checks of the TURN server in ``[turn]``, at the gateway: all ways to it, and its refusals."""

import asyncio
import ssl
from collections.abc import Iterator
from functools import partial
from time import time

from sigproxy.assembly.turn import build_turn, relay_address
from sigproxy.config import TurnSettings
from sigproxy.gateway.issuer import random_id
from sigproxy.policies.turn import Turn, issue
from sigproxy.semantics.authority import Authority
from sigproxy.tools.doctor.finding import Tell, warning
from sigproxy.tools.doctor.runner import Check
from sigproxy.tools.doctor.turn import binding, denials, exposure, relaying, verdict
from sigproxy.tools.doctor.turn.relaying import Login, RelaySeen
from sigproxy.tools.doctor.turn.way import Way
from sigproxy.tools.turn_link import DatagramLink, StreamLink

_ELSEWHERE = "if this machine cannot reach its own public address, run doctor from another"
_REMEDIES = {
    "turn_silent udp": f"start the TURN server, and let UDP pass to {{place}}; {_ELSEWHERE}",
    "turn_silent tcp": f"start the TURN server, and let TCP pass to {{place}}; {_ELSEWHERE}",
    "turn_silent tls": f"start the service, and let TCP pass to {{place}}; {_ELSEWHERE}",
    "connection_refused": "start the TURN server, or correct the ports in [turn]",
    "connection_refused tls": "start the service, or correct turn.tls_port",
    "connection_terminated": "see the TURN server's log: it may not listen for this",
    "dns_error": "let turn.name have an address in DNS",
    "certificate_untrusted": "renew it, or make every client trust that authority",
    "certificate_other_name": "get a certificate for turn.name",
    "certificate_expired": "renew it",
    "turn_open_relay": "remove no-auth from turnserver.conf; `sigproxy coturn` prints a safe one",
    "turn_credentials_refused": "give the TURN server the first secret of turn.secret_file "
    "(static-auth-secret, use-auth-secret), restart it, and compare both clocks",
    "turn_own_relay_refused": "allow its own address as a peer, as `sigproxy coturn` does "
    "(allowed-peer-ip): two who both relay meet there",
    "turn_quota_reached": "raise coturn's user-quota",
    "turn_no_capacity": "raise coturn's total-quota, or open more relay ports",
    "media_failed": "let the firewall pass UDP from and to the TURN server's relay ports",
    "media_lossy": "look at the load of the TURN server's machine and its network",
    "media_slow": "look at the load of the TURN server's machine and its network",
}


class Working:
    """Which way relays, for the checks that need one: the first that has."""

    def __init__(self, ways: int) -> None:
        self._left = ways
        self._found: asyncio.Future[Way | None] = asyncio.get_running_loop().create_future()

    def ended(self, way: Way, *, relays: bool) -> None:
        self._left -= 1
        if not self._found.done() and (relays or not self._left):
            self._found.set_result(way if relays else None)

    async def first(self) -> Way | None:
        return await asyncio.shield(self._found)


def checks(settings: TurnSettings, trust: ssl.SSLContext) -> Iterator[Check]:
    """Yield the checks; called on a running loop. *trust*: as clients verify certificates."""
    turn, relay = build_turn(settings), relay_address(settings)
    ways = tuple(ways_to(turn, relay, trust))
    working = Working(len(ways))
    if turn.stun and turn.udp_port:
        yield Check(f"stun {turn.name}:{turn.udp_port}", partial(_bind, turn))
    for way in ways:
        yield Check(way.name, partial(_relay, way, turn, working))
    if ways:
        yield Check(denials.PEERS, partial(_deny, turn, working))
    if relay is not None:
        public = (relay.host, *settings.addresses)
        yield Check(exposure.NAME, partial(_expose, relay, public))


def ways_to(turn: Turn, relay: Authority | None, trust: ssl.SSLContext) -> Iterator[Way]:
    """Yield the ways that clients have, and the gateway's own to the PROXY protocol port."""
    name = turn.name
    if relay is not None:
        place = f"{relay.host}:{relay.port}"
        link = partial(StreamLink.open_behind_header, relay.host, relay.port)
        yield Way(f"turn relay {place}", "tcp", place, link)
    if port := turn.udp_port:
        opened = partial(DatagramLink.open, name, port)
        yield Way(f"turn udp {name}:{port}", "udp", f"{name}:{port}", opened)
    if port := turn.tcp_port:
        stream = partial(StreamLink.open, name, port)
        yield Way(f"turn tcp {name}:{port}", "tcp", f"{name}:{port}", stream)
    if port := turn.tls_port:
        stream = partial(StreamLink.open, name, port, trust)
        yield Way(f"turn tls {name}:{port}", "tls", f"{name}:{port}", stream)


async def _bind(turn: Turn, tell: Tell) -> None:
    place = f"{turn.name}:{turn.udp_port}"
    way = Way(f"stun {place}", "udp", place, partial(DatagramLink.open, turn.name, turn.udp_port))
    tell(binding.judge(await binding.probe(way), _REMEDIES["turn_silent udp"]))


async def _relay(way: Way, turn: Turn, working: Working, tell: Tell) -> None:
    own = issue(turn, int(time()), random_id())
    seen = RelaySeen(way)
    try:
        seen = await relaying.probe(way, Login(own.username, own.password))
        for finding in verdict.judge(seen, turn.realm, _REMEDIES):
            tell(finding)
    finally:
        working.ended(way, relays=seen.relayed is not None)


async def _deny(turn: Turn, working: Working, tell: Tell) -> None:
    way = await working.first()
    if way is None:
        what = "what it refuses could not be tried, since no way to it relays"
        tell(warning(denials.PEERS, "turn_untested", what, "mend what else is reported"))
        return
    for finding in denials.judge(await denials.probe(way, turn)):
        tell(finding)


async def _expose(relay: Authority, public: tuple[str, ...], tell: Tell) -> None:
    tell(exposure.judge(await exposure.probe(relay, public)))
