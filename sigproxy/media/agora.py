"""Agora on the web: `client.setTurnServer`, in its two shapes, before `join`.

A list of RTCIceServer (SDK 4.4 and later) goes to RTCPeerConnection unchanged, but since 4.24 only
one entry of it. The older shape, `turnServerURL`, is converted: SDK 4.24 ignores its ports and
flags, and dials UDP 3478, TCP 3478 and TLS 443; earlier ones dial the ports, and up to 4.3 know no
TLS. In neither shape can the SDK be told to relay only.
"""

from collections.abc import Iterator, Mapping

from sigproxy.errors.media import ModeRefused
from sigproxy.media import offer
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import ice_servers
from sigproxy.semantics.ice import is_ipv4
from sigproxy.semantics.ice_servers import Finding, is_falsy, kind

_UDP_PORT, _TLS_PORT = 3478, 443  # what SDK 4.24 dials
_OTHER_SHAPE = "sdk=agora has the shape that works in every mode"
_CHECK_LEGACY = "check it as agora-legacy"
_TEXTS = ("turnServerURL", "username", "password")
_PORTS = ("udpport", "tcpport")
_FLAGS = ("forceturn", "security")
_MOST = 255  # characters
_THROWS = "the SDK throws AgoraRTCError INVALID_PARAMS: "


def render(mode: str, turn: Turn, credential: Credential) -> object:
    # One entry, and no STUN: of two the SDK could take the other one, and TURN over UDP tells the
    # browser its own address as well.
    return [offer.relay(mode, turn, credential)]


def check(value: object) -> Iterator[Finding]:
    if isinstance(value, dict) and "iceServers" in value:
        what = f"{_THROWS}turnServerURL cannot be empty, since it has no urls itself"
        yield Finding("", what, "give setTurnServer the list itself, without iceServers around it")
        value = value["iceServers"]
    servers = value if isinstance(value, list) else [value]
    if not servers:
        yield Finding("", "the list is empty, so nothing is relayed", "write a server")
    if not all(isinstance(server, dict) and not is_falsy(server.get("urls")) for server in servers):
        yield Finding("", _without_urls(servers), f"write urls in each, or {_CHECK_LEGACY}")
        return
    if len(servers) > 1:
        what = (
            f"since 4.24 the SDK takes one of the {len(servers)} entries, and not always the first"
        )
        yield Finding("", what, "write one entry, with all URLs in its urls")
    yield from ice_servers.findings(servers, "")


def _without_urls(servers: list[object]) -> str:
    """Say what the SDK does since an entry has no urls: it reads all in its older shape."""
    if None in servers:
        return "the SDK throws a TypeError: null is no server"
    if all(isinstance(server, dict) and "turnServerURL" in server for server in servers):
        return "it is in the SDK's older shape"
    return f"{_THROWS}turnServerURL cannot be empty, since an entry has no urls"


def render_legacy(mode: str, turn: Turn, credential: Credential) -> object:
    if mode in offer.FORCED:
        raise ModeRefused(
            "this SDK's older shape always tries UDP, TCP and TLS, whatever mode is asked for: "
            + _OTHER_SHAPE
        )
    ports = turn.udp_port, turn.tls_port or _TLS_PORT, turn.tcp_port or _UDP_PORT
    if ports != (_UDP_PORT, _TLS_PORT, _UDP_PORT):
        raise ModeRefused(
            f"this SDK's older shape always dials {_UDP_PORT} and {_TLS_PORT}, and [turn] has "
            f"udp_port {turn.udp_port}, tls_port {turn.tls_port} and tcp_port {turn.tcp_port}: "
            + _OTHER_SHAPE
        )
    if not offer.has_name(turn):
        raise ModeRefused(
            "this SDK's older shape, if it is given an address, uses TLS with a name of Agora's: "
            "name in [turn] has to be a name"
        )
    return {
        "turnServerURL": turn.name,
        "username": credential.username,
        "password": credential.password,
        # SDKs that read the ports use TLS on tcpport if security is true.
        "udpport": turn.udp_port,
        "tcpport": turn.tls_port or turn.tcp_port or turn.udp_port,
        "forceturn": False,
        "security": bool(turn.tls_port),
    }


def check_legacy(value: object) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield from _legacy_findings(value, "")
        return
    if len(value) > 1:
        what = f"of the {len(value)} servers the SDK takes one, and not always the first"
        yield Finding("", what, "write one, with a name that stands for all of them")
    if not value:
        yield Finding("", "the list is empty, so nothing is relayed", "write a server")
    for index, server in enumerate(value):
        yield from _legacy_findings(server, f"[{index}].")


def _legacy_findings(server: object, dot: str) -> Iterator[Finding]:
    if not isinstance(server, dict):
        what = f"{_THROWS}turnServerURL cannot be empty, since it is {kind(server)}"
        if server is None:
            what = "the SDK throws a TypeError: it is null"
        yield Finding(dot.rstrip("."), what, "write {turnServerURL: ...}")
        return
    if not is_falsy(server.get("urls")):
        what = "because of urls the SDK reads it as the other shape, a list of RTCIceServer"
        yield Finding(f"{dot}urls", what, "check it as agora, or leave urls out")
        return
    for name in _TEXTS:
        yield from _text_findings(server.get(name), f"{dot}{name}", name)
    for name in _PORTS:
        yield from _port_findings(server, dot, name)
    for name in _FLAGS:
        flag = server.get(name, False)
        if not isinstance(flag, bool):
            what = f"{_THROWS}Invalid {name}: The value is of the boolean type."
            if is_falsy(flag):
                what = f"it is {kind(flag)}, which the SDK takes for false"
            yield Finding(f"{dot}{name}", what, "write true or false")
    yield from _ignored(server, dot)


def _text_findings(text: object, where: str, name: str) -> Iterator[Finding]:
    if text is None:
        yield Finding(where, f"{_THROWS}{name} cannot be empty", f"write the {name}")
    elif not isinstance(text, str) or not 1 <= len(text) <= _MOST or max(map(ord, text)) > 255:
        what = f"{_THROWS}Invalid {name}: Length of the string: [1,255]. ASCII characters only."
        yield Finding(where, what, "write 1 to 255 characters of ASCII")
    elif name != "turnServerURL":
        return
    elif is_ipv4(text):
        name = f"{text.replace('.', '-')}.edge.agora.io"
        what = (
            f"for TLS the SDK replaces the address by a name of Agora's, turns:{name}:{_TLS_PORT}"
        )
        yield Finding(where, what, "write the TURN server's name")
    else:
        url = f"turn:{text}:{_UDP_PORT}?transport=udp"
        for finding in ice_servers.url_findings(url, where):
            what = f"the SDK makes {url} of it, and {finding.what}"
            yield Finding(where, what, "write only the TURN server's name")


def _port_findings(server: Mapping[str, object], dot: str, name: str) -> Iterator[Finding]:
    if name not in server:
        return
    port = server[name]
    where = f"{dot}{name}"
    if is_falsy(port):
        what = f"SDK 4.24 reads it as no {name}, and SDK 4.3 throws INVALID_PARAMS"
        yield Finding(where, what, "write a port, or leave it out")
    elif type(port) is not int or not 1 <= port <= 99999:
        what = f"{_THROWS}invalid {name}: the value range is [1, 99999]. integer only"
        yield Finding(where, what, "write a port")
    elif port not in (used := (_UDP_PORT,) if name == "udpport" else (_UDP_PORT, _TLS_PORT)):
        what = f"SDK 4.24 ignores {port}, and dials {' and '.join(map(str, used))}"
        yield Finding(where, what, "serve TURN there, or use the other shape, with urls")


def _ignored(server: Mapping[str, object], dot: str) -> Iterator[Finding]:
    if server.get("forceturn") is True:
        what = "SDK 4.24 ignores it, and connects without the relay where it can"
        yield Finding(f"{dot}forceturn", what, "leave it out: only a firewall can force the relay")
    if is_falsy(server.get("security", True)) and server.get("tcpport") == _TLS_PORT:
        what = "earlier SDKs then send plain TCP to 443"
        yield Finding(f"{dot}security", what, "write true")
