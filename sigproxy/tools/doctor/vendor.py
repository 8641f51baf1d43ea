"""One vendor's host, as the gateway reaches it: DNS, TCP, TLS, and whether it answers HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, time

from sigproxy import __version__
from sigproxy.errors import GatewayError
from sigproxy.exchange import Exchange
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.upstream.client import Upstream
from sigproxy.policies.limits import Limits
from sigproxy.semantics import fields as f
from sigproxy.semantics.peer_certificate import distinguished_name
from sigproxy.semantics.target import Target
from sigproxy.tools.doctor import faults
from sigproxy.tools.doctor.clock import skew_of
from sigproxy.tools.doctor.faults import Fault
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well
from sigproxy.tools.doctor.hosts import shown

ANSWER_S = 3.5  # to a HEAD; the slowest of the vendors' first answers took 1.3 s
_DOWN = (502, 503, 504)  # whatever is behind the vendor's own front is down
_SERVER_ERROR, _NOT_IMPLEMENTED = 500, 501  # HEAD, for example

_REMEDIES = {
    "dns_no_such_name": "correct the name in the configuration, or ask another name server "
    "(upstream.nameservers)",
    "dns_no_address": "correct the name in the configuration, or ask another name server "
    "(upstream.nameservers)",
    "dns_server_failed": "ask whoever runs the name server, or set upstream.nameservers",
    "dns_timeout": "let the firewall pass UDP and TCP port 53 to the name server, or set "
    "upstream.nameservers",
    "address_refused": "if that is meant, add its network to upstream.allow_networks",
    "connection_refused": "check the port; a firewall may refuse it too",
    "connection_timeout": "let the firewall pass TCP from this machine to that host and port",
    "connection_terminated": "a firewall on the way may look into TLS and not want this host",
    "certificate_expired": "whoever runs that host has to renew it",
    "certificate_not_yet_valid": "check this machine's clock",
    "certificate_other_name": "see that DNS and /etc/hosts lead to the right server",
    "tls_certificate_error": "whoever runs that host has to mend it",
    "tls_error": "the host may not speak TLS at that port, or only versions before 1.2",
    "response_timeout": "whoever runs that host has to mend it",
    "egress_refused": "whoever runs the proxy has to allow that host and port; where it is asked "
    "for addresses and its rules go by names, set upstream.proxy_resolves",
    "egress_auth": "write user:password into upstream.proxy_credentials_file, or have this machine "
    "exempted from the proxy's login",
    "egress_unreachable": "check host and port in upstream.proxy, and that the proxy runs",
    "egress_timeout": "let the firewall pass TCP from this machine to the proxy; if that accepts "
    "connections, ask whoever runs it",
    "egress_error": "check host and port in upstream.proxy, then ask whoever runs the proxy",
    "bad_response": "the host may not speak HTTP/1.1 at that port",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """*skew_s*: how far this machine's clock is ahead of the vendor's; None: it gave no Date."""

    status: int
    issuer: str
    skew_s: float | None


@dataclass(frozen=True, slots=True)
class VendorSeen:
    """*steps*: how long each took that was taken, as ``(("DNS", 0.01), ...)``."""

    target: Target
    steps: tuple[tuple[str, float], ...]
    outcome: Answer | Fault


async def probe(upstream: Upstream, target: Target) -> VendorSeen:
    """Connect as the gateway does, and ask with HEAD."""
    exchange = Exchange("doctor", time(), monotonic(), "")
    http_s: float | None = None
    outcome: Answer | Fault
    try:
        connection = await upstream.acquire(
            target.authority, PoolOwner(), exchange, safe=True, fresh=True
        )
        tls = connection.transport.get_extra_info("ssl_object")
        issuer = distinguished_name((tls.getpeercert() or {}).get("issuer", ()))
        began_s = monotonic()
        try:
            connection.expect("HEAD", Limits())
            connection.write(_request(target))
            connection.answer_within(ANSWER_S)
            head, _ = await connection.read_head(lambda interim: None)
        finally:
            http_s = monotonic() - began_s
            connection.close()
        date = f.first(head.fields, b"date") or b""
        skew_s = skew_of(date.decode("latin-1"), datetime.now(UTC))
        outcome = Answer(head.status, issuer, skew_s)
    except GatewayError as error:
        outcome = faults.of(error)
    taken = zip(
        ("DNS", "TCP", "TLS", "HTTP"),
        (exchange.dns_s, exchange.tcp_s, exchange.tls_s, http_s),
        strict=True,
    )
    steps = tuple((step, took_s) for step, took_s in taken if took_s is not None)
    return VendorSeen(target, steps, outcome)


def _request(target: Target) -> bytes:
    return (
        b"HEAD %b HTTP/1.1\r\nHost: %b\r\nUser-Agent: sigproxy-doctor/%b\r\nAccept: */*\r\n"
        b"Connection: close\r\n\r\n"
    ) % (target.path, str(target.authority).encode(), __version__.encode())


def judge(seen: VendorSeen) -> Finding:
    name = f"vendor {shown(seen.target)}"
    if isinstance(seen.outcome, Fault):
        return _failed(name, seen.outcome)
    answer = seen.outcome
    times = ", ".join(f"{step} {seconds(took_s)}" for step, took_s in seen.steps)
    what = f"answers {answer.status} ({times}), issued by {answer.issuer}"
    return judge_status(name, answer.status, what)


def judge_status(name: str, status: int, what: str) -> Finding:
    """Return what a vendor's *status* means, the answer to a question that no SDK asks."""
    if status in _DOWN:
        remedy = "whoever runs that host has to mend it; see the vendor's status page"
        return failure(name, "vendor_error", what, remedy)
    if status >= _SERVER_ERROR and status != _NOT_IMPLEMENTED:
        remedy = "it may answer what SDKs ask for all the same; try a call"
        return warning(name, "vendor_error", what, remedy)
    return well(name, what)


def _failed(name: str, fault: Fault) -> Finding:
    if fault.token == "certificate_untrusted":
        return failure(
            name,
            "tls_intercepted",
            f"its certificate is issued by {fault.authority}, which is not trusted here: your "
            "network inspects TLS",
            "set upstream.ca_file to a file with that authority's certificate, or have this host "
            "exempted from the inspection",
        )
    what = fault.detail
    if fault.token in _REMEDIES and not fault.token.startswith("dns_"):
        what = what.partition("; ")[0]  # the rest is a remedy, for who reads it in a response
    return failure(
        name, fault.token, what, _REMEDIES.get(fault.token, "whoever runs that host has to mend it")
    )
