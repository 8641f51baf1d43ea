"""What the network test tries: the vendors' hosts, the gateway's own WebSocket, and TURN."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sigproxy.media import offer
from sigproxy.policies.turn import Turn
from sigproxy.routing import Route
from sigproxy.semantics.own_certificate import OwnCertificate
from sigproxy.semantics.target import Target

TEST_TTL_S = 600
# Of most servers it asks little, and brings no body.
_METHOD = "HEAD"
_KEYED = (
    "this route has access keys, and the key of the test is none of them; list one key in both, "
    "or name the same keys_file"
)
# To a browser those are other sites.
_OTHER_NAMES = (
    "this route is for names below {}, which a page of the gateway's own name may not ask; "
    "sigproxy doctor --config tries its hosts"
)
_REACHED = {True: "reachable", False: "unreachable", None: None}


class Probe(NamedTuple):
    """A route, and what to ask for through it: once at each of its vendor's hosts."""

    route: Route
    targets: tuple[Target, ...]


class Sdk(NamedTuple):
    """An SDK of which a route reaches the vendor; *name* as in /-/ice?sdk=."""

    name: str
    route: Route


class Facts(NamedTuple):
    """What is known only when the plan is asked for.

    *now*: seconds since the epoch. *certificate*: the one that clients get; None without TLS here.
    *relays*: whether the TURN server can be reached from here; None if that is not ours to know.
    """

    now: float
    request_id: str
    certificate: OwnCertificate | None
    relays: bool | None


@dataclass(frozen=True, slots=True)
class Plan:
    """*turn*: with the ports that may be tried; None without [turn]."""

    version: str
    probes: tuple[Probe, ...]
    sdks: tuple[Sdk, ...]
    turn: Turn | None
    modes: tuple[str, ...]  # that apps may ask for

    def content(self, where: bytes, key: bytes, facts: Facts) -> dict[str, Any]:
        """Return the plan for who asks with *key*, to be written as JSON.

        *where*: the test's own path, as this client has to ask for it. URLs are paths here.
        """
        front = where.removesuffix(b"/-/network")
        base, behind = where.decode(), f"/{key.decode('latin-1')}" if key else ""
        stuns = [] if self.turn is None else offer.stun(self.turn, "auto")
        return {
            "version": self.version,
            "time": facts.now,
            "request_id": facts.request_id,
            "certificate": None if facts.certificate is None else facts.certificate.shown(),
            "echo": f"{base}/echo{behind}",
            "ice": f"{base}/ice{behind}" if self.turn is not None else None,
            "modes": list(self.modes),
            "stun": stuns[0] if stuns else None,
            "turn_server": _REACHED[facts.relays],
            "vendors": [vendor for probe in self.probes for vendor in _vendors(probe, front, key)],
            "not_tried": [
                {"route": probe.route.name, "why": why}
                for probe in self.probes
                if probe.targets and (why := _why_not(probe.route, key))
            ],
            "sdks": [sdk.name for sdk in self.sdks],
            "mounts": {
                sdk.name: (front + (_mount(sdk.route, key) or sdk.route.prefix)).decode("latin-1")
                for sdk in self.sdks
            },
        }


def _why_not(route: Route, key: bytes) -> str | None:
    """Return why nothing is tried through *route*; None if something is."""
    if route.domain is not None:
        return _OTHER_NAMES.format(route.domain)
    return _KEYED if _mount(route, key) is None else None


def _mount(route: Route, key: bytes) -> bytes | None:
    """Return what stands in front of the dialect's own form; None if *key* does not open it."""
    if not route.keys.keys:
        return route.prefix
    return route.prefix + b"/" + key if key and route.keys.admits(key) else None


def _vendors(probe: Probe, front: bytes, key: bytes) -> Iterator[dict[str, Any]]:
    mount = _mount(probe.route, key)
    if mount is None or probe.route.domain is not None:
        return
    for target in probe.targets:
        url = probe.route.expose(target, mount)
        if url is not None:  # else only redirects lead there
            yield {
                "route": probe.route.name,
                "host": target.authority.host,
                "port": target.authority.port,
                "dialect": probe.route.dialect.name,
                "method": _METHOD,
                "url": (front + url).decode("latin-1"),
            }


def tried(turn: Turn) -> Turn:
    """Return *turn* with only what its modes offer, and credentials that expire soon.

    One that leaks with a report relays for minutes and not for a working day.
    """
    offers = set(turn.modes)
    return replace(
        turn,
        ttl_s=min(turn.ttl_s, TEST_TTL_S),
        udp_port=turn.udp_port if offers & {"auto", "udp"} else 0,
        tls_port=turn.tls_port if offers & {"auto", "tls"} else 0,
        tcp_port=turn.tcp_port if "auto" in offers else 0,
        modes=("auto",),
    )
