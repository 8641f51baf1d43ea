"""What the gateway needs besides its vendors, as far as the configuration says it.

    rules = needs(settings, gateways, build_egress(settings.upstream), assume_certificate=False)

Name servers, clock, certificate, packages, Redis, a TURN server on another machine; and who has to
reach the gateway: proxies in front, monitoring, the certificate authority. What stays on the
machine (loopback, sockets) has no rule.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sigproxy.config import Settings
from sigproxy.config.values import parse_bind
from sigproxy.policies.egress import Egress
from sigproxy.semantics.authority import Authority
from sigproxy.tools.firewall import PLACEHOLDER, Rule

TO_SERVICES = "gateway to services"
FROM_SERVICES = "services to gateway"
GATEWAY = "gateway"
MONITORING = "monitoring"
_SYSTEM = "the operating system"
# Of alternatives and guesses: a person has to choose, and no format for machines opens them.
USUAL = "usual practice: the configuration does not say how"
_DNS_PORT = 53
_REDIS_PORT = 6379
_EVERY = frozenset({"0.0.0.0", "::"})
_PACKAGES = "your package mirror, or the hosts of Debian's archive and of Python's package index"


def needs(
    settings: Settings,
    gateways: Sequence[Authority],
    egress: Egress | None,
    *,
    assume_certificate: bool,
) -> list[Rule]:
    """Return the rules; *assume_certificate*: there is no configuration that could name one."""
    names = [name.host for name in gateways] or [PLACEHOLDER.host]
    return [
        *_dns(settings.upstream.nameservers, egress),
        _clock(),
        *_certificate(settings.server.certificate, names, assumed=assume_certificate),
        _out(_PACKAGES, "TCP/TLS", "80, 443", "security updates and upgrades", USUAL),
        *_redis(settings.limits.request_rate_redis),
        *_turn(settings),
        *_collector(settings.tracing.endpoint),
        *_proxies(settings, names),
        *_monitoring(settings.admin.bind, names),
    ]


def _out(destination: str, protocol: str, port: str, purpose: str, known_from: str = "") -> Rule:
    known = {"known_from": known_from} if known_from else {}
    return Rule(TO_SERVICES, GATEWAY, destination, protocol, port, purpose, "", **known)


def _dns(nameservers: Sequence[str], egress: Egress | None) -> Iterator[Rule]:
    if egress is not None and not egress.needs_dns:
        return
    why = "DNS: the vendors' addresses"
    if egress is not None and egress.proxy_resolves:
        why = "DNS: the addresses of the proxy and of exceptions"
    for server in nameservers or ("",):
        # "2001:db8::53" without brackets has no port; Authority needs the brackets.
        text = f"[{server}]" if server.count(":") > 1 and not server.startswith("[") else server
        address = Authority.parse(text.encode(), _DNS_PORT) if server else None
        host = address.host if address else "the system's name servers"
        port = str(address.port if address else _DNS_PORT)
        if not _is_local(host):
            for protocol in ("UDP", "TCP"):
                known_from = "" if address else _SYSTEM
                yield _out(host, protocol, port, why, known_from)


def _clock() -> Rule:
    why = "NTP: certificates and TURN credentials have a time in them"
    return _out("the system's time servers", "UDP", "123", why, _SYSTEM)


def _certificate(path: Path | None, names: Sequence[str], *, assumed: bool) -> Iterator[Rule]:
    if path is None and not assumed:
        return  # something in front has it
    is_known = path is not None and "letsencrypt" in path.parts
    server = "acme-v02.api.letsencrypt.org" if is_known else "the certificate authority's server"
    why = "certificate: orders and renewals, unless a person brings the files"
    known_from = f"the path {path}" if is_known else USUAL
    yield _out(server, "TCP/TLS", "443", why, known_from)
    yield _out(
        *("the DNS provider's API", "TCP/TLS", "443"),
        *("certificate by DNS-01: one of DNS-01 and HTTP-01 is needed", USUAL),
    )
    for name in names:
        yield Rule(
            *(FROM_SERVICES, "certificate authority, any address", name, "TCP", "80"),
            *("certificate by HTTP-01: one of DNS-01 and HTTP-01 is needed", "", USUAL),
        )


def _redis(url: str | None) -> Iterator[Rule]:
    if url is None:
        return
    parts = urlsplit(url)  # it may have a password: only host and port are shown
    if parts.hostname and not _is_local(parts.hostname):
        protocol = "TCP/TLS" if parts.scheme == "rediss" else "TCP"
        port = str(parts.port or _REDIS_PORT)
        yield _out(parts.hostname, protocol, port, "Redis: rates counted for all machines together")


def _turn(settings: Settings) -> Iterator[Rule]:
    if settings.turn is None or settings.turn.relay is None:
        return
    relay = Authority.parse(settings.turn.relay.encode())
    if not _is_local(relay.host):
        why = "TURN: what clients send on the gateway's port, without TLS"
        yield _out(relay.host, "TCP", str(relay.port), why)


def _collector(url: str | None) -> Iterator[Rule]:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.hostname and not _is_local(parts.hostname):
        is_tls = parts.scheme == "https"
        port = str(parts.port or (443 if is_tls else 80))
        yield _out(parts.hostname, "TCP/TLS" if is_tls else "TCP", port, "tracing: spans, by OTLP")


def _proxies(settings: Settings, names: Sequence[str]) -> Iterator[Rule]:
    binds = map(parse_bind, settings.server.bind)
    ports = sorted({bind.port for bind in binds if isinstance(bind, Authority)})
    for network in settings.server.trusted_proxies or ():
        if network.is_loopback:
            continue
        for name in names:
            yield Rule(
                *(FROM_SERVICES, str(network), name, "TCP", ", ".join(map(str, ports))),
                *("the proxies or balancers in front, with the clients' requests", ""),
            )


def _monitoring(bind: str | None, names: Sequence[str]) -> Iterator[Rule]:
    if bind is None:
        return
    address = Authority.parse(bind.encode(), 1)
    if _is_local(address.host):
        return
    for host in names if address.host in _EVERY else [address.host]:
        why = "metrics, status and health of the admin port, which has no password"
        yield Rule(FROM_SERVICES, MONITORING, host, "TCP", str(address.port), why, "")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
