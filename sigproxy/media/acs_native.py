"""Azure Communication Services on Android, iOS and Windows: one `IceServer`.

The SDK takes one server with one URL, which has an IPv4 address and no port, and uses UDP only. It
requires the TURN server's realm. Everything is relayed, always. If something is not supported,
Android throws "Failed to set media proxy"; iOS and Windows ignore it, and take the last of several
addresses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sigproxy.errors.media import ModeRefused
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.ice import is_ipv4
from sigproxy.semantics.ice_servers import Finding, kind

UDP_ONLY = (
    "this SDK relays over UDP only: it has neither TLS nor TCP, so open UDP to the TURN server, or "
    "use the web SDK"
)
_ONE_URL = 'write one, "turn:" and an IPv4 address'


@dataclass(frozen=True, slots=True)
class _Platform:
    """What an SDK does with what it does not support."""

    several: str
    bad_url: str
    no_realm: str
    tcp_only: str


_FAILS = 'setIceServers throws "Failed to set media proxy"'
_ANDROID = _Platform(_FAILS, _FAILS, _FAILS, _FAILS)
_SKIPS = _Platform(
    several="the SDK takes only the last",
    bad_url="the SDK ignores it",
    no_realm="the TURN server refuses the client (437, 441)",
    tcp_only="the SDK dials UDP 3478 anyway",
)


def render(mode: str, turn: Turn, credential: Credential) -> object:
    if mode == "tls":
        raise ModeRefused(UDP_ONLY)
    if not turn.udp_port:
        raise ModeRefused("this SDK relays over UDP only, and udp_port in [turn] is 0")
    address = next(filter(is_ipv4, turn.addresses), None)
    if address is None:
        raise ModeRefused("this SDK dials an IPv4 address, and addresses in [turn] has none")
    return {
        "urls": [f"turn:{address}"],
        "udpPort": turn.udp_port,
        "realm": turn.realm,
        "username": credential.username,
        "password": credential.password,
    }


def check_android(value: object) -> Iterator[Finding]:
    return _check(value, _ANDROID)


def check_skipping(value: object) -> Iterator[Finding]:
    """Yield what iOS and Windows ignore."""
    return _check(value, _SKIPS)


def _check(value: object, platform: _Platform) -> Iterator[Finding]:
    servers = value.get("iceServers", value) if isinstance(value, dict) else value
    if not isinstance(servers, list):
        yield from _server_findings(servers, "", platform)
        return
    if not servers:
        yield Finding("iceServers", "it is empty, so nothing is relayed", "write one server")
    if len(servers) > 1:
        what = f"it has {len(servers)} servers: {platform.several}"
        yield Finding("iceServers", what, "write one server")
    for index, server in enumerate(servers):
        yield from _server_findings(server, f"iceServers[{index}]", platform)


def _server_findings(server: object, where: str, platform: _Platform) -> Iterator[Finding]:
    if not isinstance(server, dict):
        yield Finding(where, f"it is {kind(server)}", "write an object with urls, udpPort, realm")
        return
    dot = f"{where}." if where else ""
    yield from _urls_findings(server.get("urls"), f"{dot}urls", platform)
    yield from _port_findings(server, dot, platform)
    realm = server.get("realm")
    if not isinstance(realm, str) or not realm:
        yield Finding(
            f"{dot}realm", f"no realm: {platform.no_realm}", "write the TURN server's realm"
        )
    for name in ("username", "password"):
        if not isinstance(server.get(name), str) or not server[name]:
            what = f"no {name}: the TURN server refuses clients without one (401)"
            if name == "password" and "credential" in server:
                what = "what is credential on the web is password in the native SDKs' IceServer"
            yield Finding(f"{dot}{name}", what, "write the one that was issued")


def _urls_findings(urls: object, where: str, platform: _Platform) -> Iterator[Finding]:
    if not isinstance(urls, list) or not urls:
        what = f"it is {'empty' if urls == [] else kind(urls)}: {platform.bad_url}"
        yield Finding(where, what, _ONE_URL)
        return
    if len(urls) > 1:
        yield Finding(where, f"it has {len(urls)} URLs: {platform.several}", _ONE_URL)
    for index, url in enumerate(urls):
        place = f"{where}[{index}]"
        if isinstance(url, str):
            yield from _url_findings(url, place, platform)
        else:
            yield Finding(place, f"it is {kind(url)}: {platform.bad_url}", _ONE_URL)


def _url_findings(url: str, where: str, platform: _Platform) -> Iterator[Finding]:
    scheme, _, rest = url.partition(":")
    address, mark, query = rest.partition("?")
    host, _, port = address.partition(":")
    if scheme != "turn":
        what = f"the SDK relays over UDP only, and knows no {scheme}:"
        yield Finding(where, what, _ONE_URL)
    elif is_ipv4(host) and port:
        what = f"the SDK does not read a port here: {platform.bad_url}"
        yield Finding(where, what, f"write turn:{host}, and {port} into udpPort")
    elif not is_ipv4(host):
        is_ipv6 = address.startswith("[") or address.count(":") > 1
        what = f"{'an IPv6 address' if is_ipv6 else 'no IPv4 address'}: {platform.bad_url}"
        yield Finding(where, what, "write turn: and the IPv4 address of the TURN server")
    if scheme == "turn" and mark and query != "transport=udp":
        yield Finding(where, "the SDK relays over UDP only", f"write turn:{host}")


def _port_findings(
    server: Mapping[str, object], dot: str, platform: _Platform
) -> Iterator[Finding]:
    if "udpPort" not in server and "tcpPort" in server:
        yield Finding(f"{dot}tcpPort", f"only a TCP port: {platform.tcp_only}", "write udpPort")
    port = server.get("udpPort", 3478)
    if type(port) is not int or not 1 <= port <= 65535:
        what = f"the SDK takes a port from 1 to 65535, not {port!r}"
        yield Finding(f"{dot}udpPort", what, "write the TURN server's UDP port, 3478")
