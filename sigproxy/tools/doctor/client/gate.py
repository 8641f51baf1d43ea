"""The first steps to a gateway: its name, TCP, TLS, and whose certificate that is."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.peer_certificate import distinguished_name
from sigproxy.tools import dial
from sigproxy.tools.dial import Admits, HttpProxy
from sigproxy.tools.doctor import faults
from sigproxy.tools.doctor.faults import Fault
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well
from sigproxy.tools.lookup import addresses

DNS_S, TCP_S, TLS_S = 4.0, 4.0, 4.0
SILENT_S = 1.5
ENDS_SOON_DAYS = 14
_UNKNOWN_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Named(NamedTuple):
    """The addresses of the gateway's name, or why there are none."""

    took_s: float
    outcome: tuple[str, ...] | Fault


@dataclass(frozen=True, slots=True)
class Gate:
    """What TLS showed. *fault*: why its certificate is not trusted, None: it is."""

    tcp_s: float
    tls_s: float
    version: str
    sha256: str
    certificate: Mapping[str, Any] = field(default_factory=dict)
    fault: Fault | None = None


async def resolve(authority: Authority) -> Named:
    began_s = monotonic()
    outcome: tuple[str, ...] | Fault
    try:
        async with asyncio.timeout(DNS_S):
            found = await addresses(*authority)
        outcome = tuple(dict.fromkeys(each[4][0] for each in found))
    except TimeoutError:
        outcome = Fault("dns_timeout", f"no name server answered within {DNS_S:g} s")
    except socket.gaierror as error:
        token = "dns_no_such_name" if error.errno in _UNKNOWN_NAME else "dns_server_failed"
        outcome = Fault(token, error.strerror or str(error))
    return Named(monotonic() - began_s, outcome)


async def enter(
    authority: Authority, context: ssl.SSLContext, proxy: HttpProxy | None
) -> Gate | Fault:
    """Connect and begin TLS; where the certificate is not trusted, look at it all the same."""
    seen = await _enter(authority, context, proxy)
    if isinstance(seen, Fault) and seen.code:
        again = await _enter(authority, unverified(), proxy)
        if isinstance(again, Gate):
            leaf = seen.chain[0] if seen.chain else {}
            return Gate(again.tcp_s, again.tls_s, again.version, again.sha256, leaf, seen)
    return seen


def unverified() -> ssl.SSLContext:
    """Return a context for looking at whoever answers; nothing secret may be sent with it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def _enter(
    authority: Authority, context: ssl.SSLContext, proxy: HttpProxy | None
) -> Gate | Fault:
    began_s = monotonic()
    connected_s: float | None = None
    try:
        async with asyncio.timeout(TCP_S):
            streams = await dial.tcp(*authority, proxy)
        connected_s = monotonic()
        async with asyncio.timeout(TLS_S):
            tls = await dial.tls(streams, authority.host, context)
    except OSError as error:
        return _fault(error, authority, proxy, is_connected=connected_s is not None)
    der = tls.getpeercert(binary_form=True) or b""
    streams[1].transport.abort()
    return Gate(
        connected_s - began_s,
        monotonic() - connected_s,
        tls.version() or "?",
        hashlib.sha256(der).digest().hex(":").upper(),
        tls.getpeercert() or {},
    )


async def is_silent(host: str, port: int, admits: Admits) -> bool:
    """Return whether TCP gets no answer there, not even that nobody listens."""
    try:
        async with asyncio.timeout(SILENT_S):
            _, writer = await dial.tcp(host, port, None, admits)
    except (TimeoutError, PermissionError):
        return True
    except OSError:
        return False
    writer.close()
    return False


def _fault(
    error: OSError, authority: Authority, proxy: HttpProxy | None, *, is_connected: bool
) -> Fault:
    match error:
        case ssl.SSLCertVerificationError():
            return faults.of_certificate(error, error.verify_message)
        case ssl.SSLError():
            return Fault("tls_error", (error.reason or str(error)).replace("_", " ").lower())
        case TimeoutError() if is_connected:
            return Fault("tls_timeout", f"TCP connects, and nothing comes of TLS in {TLS_S:g} s")
        case TimeoutError() if proxy is not None:
            what = f"the proxy {proxy} does not connect to {authority} within {TCP_S:g} s"
            return Fault("proxy_timeout", what)
        case TimeoutError():
            return Fault("connection_timeout", f"no connection to {authority} in {TCP_S:g} s")
        case dial.ProxyUnreachable():
            return Fault("proxy_unreachable", str(error))
        case dial.ProxyRefuses():
            return Fault("proxy_refused", str(error))
        case ConnectionRefusedError():
            return Fault("connection_refused", f"{authority} refuses connections")
        case ConnectionError():
            return Fault("connection_terminated", "the connection is cut during TLS")
    return Fault("connection_failed", error.strerror or str(error))


def judge_name(authority: Authority, named: Named, proxy: HttpProxy | None) -> Finding:
    if not isinstance(named.outcome, Fault):
        found = ", ".join(named.outcome)
        return well("dns", f"{authority.host} is {found} ({seconds(named.took_s)})")
    what = f"{authority.host} has no address here: {named.outcome.detail}"
    if proxy is not None:
        return well("dns", f"{what}; the proxy {proxy} looks it up")
    remedy = (
        f"let the network's name server answer for {authority.host}; if there is an HTTP proxy, "
        "set HTTPS_PROXY"
    )
    return failure("dns", named.outcome.token, what, remedy)


_REMEDIES = {
    "connection_timeout": "let the firewall pass TCP from this network to {host} port {port}; if "
    "there is an HTTP proxy, set HTTPS_PROXY",
    "connection_refused": "start the gateway, or correct the port; a firewall may refuse it too",
    "connection_failed": "see whether this machine has a network",
    "connection_terminated": "a firewall that looks into TLS may not want {host}: have it allowed",
    "tls_timeout": "a firewall that looks into TLS may not want {host}: have it allowed",
    "tls_error": "see that the gateway has a certificate, and speaks TLS at port {port}",
    "proxy_refused": "let the proxy pass CONNECT to {host} port {port}, or correct HTTPS_PROXY "
    "(or the system's setting)",
    "proxy_unreachable": "correct HTTPS_PROXY (or the system's setting), or see that the proxy "
    "runs",
    "proxy_timeout": "see that HTTPS_PROXY (or the system's setting) names an HTTP proxy that "
    "runs, and let it pass CONNECT to {host} port {port}",
}


def judge_fault(authority: Authority, fault: Fault) -> Finding:
    """Return what it means that there is no TLS at all."""
    name = "tls" if fault.token in ("tls_error", "tls_timeout", "connection_terminated") else "tcp"
    remedy = _REMEDIES.get(fault.token, "ask whoever runs this network").format(
        host=authority.host, port=authority.port
    )
    return failure(name, fault.token, fault.detail, remedy)


def judge_gate(
    authority: Authority, gate: Gate, sha256: str | None, now: datetime
) -> list[Finding]:
    """Return what the certificate says; *sha256* is the one that the gateway serves, if known."""
    if sha256 is not None and sha256 != gate.sha256:
        return [_intercepted(authority, gate)]
    if gate.fault is not None:
        return [_untrusted(authority, gate.fault, is_own=sha256 is not None)]
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(gate.certificate["notAfter"]), UTC)
    days = (ends - now).days
    issuer = distinguished_name(gate.certificate.get("issuer", ()))
    compared = "as the gateway serves it" if sha256 else "which could not be compared"
    times = f"TCP {seconds(gate.tcp_s)}, TLS {seconds(gate.tls_s)}"
    what = f"{gate.version}, issued by {issuer}, {days} days left, {compared} ({times})"
    if days < ENDS_SOON_DAYS:
        return [warning("tls", "certificate_ends_soon", what, "the operator has to renew it")]
    return [well("tls", what)]


def _intercepted(authority: Authority, gate: Gate) -> Finding:
    issuer = distinguished_name(gate.certificate.get("issuer", ()))
    what = (
        f"the certificate that arrives here is not the gateway's, but issued by {issuer}: this "
        "network inspects TLS"
    )
    remedy = (
        f"have {authority.host} exempted from the inspection: it breaks TURN over TLS, and may "
        "break WebSockets"
    )
    told = warning if gate.fault is None else failure
    return told("tls", "tls_intercepted", what, remedy)


def _untrusted(authority: Authority, fault: Fault, *, is_own: bool) -> Finding:
    if fault.token != "certificate_untrusted":
        remedies = {
            "certificate_expired": "the operator has to renew it, unless this clock is wrong",
            "certificate_not_yet_valid": "check this machine's clock",
            "certificate_other_name": "use a name that it is for, or have one made for this name",
        }
        remedy = remedies.get(fault.token, "the operator has to mend it")
        return failure("tls", fault.token, f"its certificate: {fault.detail}", remedy)
    what = f"its certificate is issued by {fault.authority}, which is not trusted here"
    if is_own:
        remedy = "it is the gateway's own: trust that authority on every machine, or --ca-file here"
        return failure("tls", fault.token, what, remedy)
    return failure(
        "tls",
        fault.token,
        what,
        "either this network inspects TLS: have the gateway exempted; or the gateway has a "
        "certificate of its own authority: give it with --ca-file",
    )
