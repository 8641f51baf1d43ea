"""Build from the settings what the operator has decided."""

import hashlib
import socket

from sigproxy import open_files
from sigproxy.assembly.network import build_page
from sigproxy.assembly.routes import build_routes
from sigproxy.assembly.turn import build_ice_page
from sigproxy.config import Settings
from sigproxy.decision import Rules
from sigproxy.policies.identity import Identity
from sigproxy.policies.limits import KIB, MIB, Limits, connections_for
from sigproxy.semantics.authority import Authority

# Used where nothing limits open files: Linux's default maximum for one process (fs.nr_open).
MANY_FILES = 1_048_576


def build_rules(settings: Settings) -> Rules:
    routes = build_routes(settings)
    ice = None if settings.turn is None else build_ice_page(settings.turn)
    return Rules(
        routes,
        build_identity(settings),
        build_limits(settings),
        ice,
        build_page(settings, routes, ice),
    )


def build_identity(settings: Settings) -> Identity:
    server, name = settings.server, pseudonym(settings)
    return Identity(
        public_names=frozenset(Authority.parse(name.encode()) for name in server.public_names),
        trusted_proxies=server.trusted_proxies,
        cdn_id=name if server.cdn_loop else None,
        pseudonym=name if server.via else None,
        tls=server.certificate is not None,
    )


def pseudonym(settings: Settings) -> str:
    """Return our name in CDN-Loop and Via: the same in all workers, unique to this gateway.

    Machines behind one balancer share public_names, so each of them detects a loop through the
    balancer.
    """
    if settings.server.public_names:
        return settings.server.public_names[0]
    seed = " ".join((socket.gethostname(), *settings.server.bind))
    return f"sigproxy-{hashlib.sha256(seed.encode()).hexdigest()[:8]}"


def build_limits(settings: Settings) -> Limits:
    limits = settings.limits
    connections = limits.connections or connections_for(open_files.limit() or MANY_FILES)
    return Limits(
        request_head_bytes=limits.request_head_kib * KIB,
        request_field_bytes=limits.request_field_kib * KIB,
        request_target_bytes=limits.request_target_kib * KIB,
        request_body_bytes=limits.request_body_mib * MIB,
        replay_body_bytes=limits.replay_body_kib * KIB,
        fast_uploads=limits.fast_uploads,
        response_head_bytes=limits.response_head_kib * KIB,
        header_timeout_s=limits.header_timeout_s,
        body_rate_bytes_s=limits.body_rate_bytes_s,
        websocket_idle_s=limits.websocket_idle_s,
        connections=connections,
        connections_per_address=limits.connections_per_address,
        websockets=limits.websockets or connections,
        websockets_per_address=limits.websockets_per_address,
    )
