"""Agora on the web: `client.setTurnServer`, in its two shapes, before `join`.

A list of RTCIceServer goes to RTCPeerConnection as it stands. The older shape, `turnServerURL`,
is taken apart; SDK 4.24 ignores its ports and flags, and dials UDP 3478, TCP 3478 and TLS 443.
In neither can the SDK be told to relay only.
"""

from collections.abc import Iterator, Mapping

from sigproxy.errors import ModeRefused
from sigproxy.media import offer
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import ice_servers
from sigproxy.semantics.ice import is_ipv4
from sigproxy.semantics.ice_servers import Finding, kind

_UDP_PORT, _TLS_PORT = 3478, 443  # what SDK 4.24 dials
_OTHER_SHAPE = "sdk=agora has the shape that every mode fits"
_TEXTS = ("turnServerURL", "username", "password")
_PORTS = ("udpport", "tcpport")
_FLAGS = ("forceturn", "security")
_MOST = 255  # characters


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return offer.servers(mode, turn, credential)


def check(value: object) -> Iterator[Finding]:
    if isinstance(value, dict) and "iceServers" in value:
        what = "the SDK looks for turnServerURL in it, and throws INVALID_PARAMS"
        yield Finding("", what, "give setTurnServer the list itself, without iceServers around it")
        value = value["iceServers"]
    servers = value if isinstance(value, list) else [value]
    if not servers:
        yield Finding("", "the list is empty, so nothing is relayed", "write a server")
    if not all(isinstance(server, dict) and "urls" in server for server in servers):
        what = (
            "an entry without urls makes the SDK read all of them as its older shape: "
            "AgoraRTCError INVALID_PARAMS: Invalid turnServerURL"
        )
        yield Finding("", what, "write urls in each; --check by agora-legacy reads the older shape")
        return
    yield from ice_servers.findings(servers, "")


def render_legacy(mode: str, turn: Turn, credential: Credential) -> object:
    if mode in offer.FORCED:
        raise ModeRefused(
            "this SDK's older shape tries UDP, TCP and TLS whatever it is told: " + _OTHER_SHAPE
        )
    ports = turn.udp_port, turn.tls_port or _TLS_PORT, turn.tcp_port or _UDP_PORT
    if ports != (_UDP_PORT, _TLS_PORT, _UDP_PORT):
        raise ModeRefused(
            f"this SDK's older shape dials {_UDP_PORT} and {_TLS_PORT} whatever it is told, and "
            f"[turn] has udp_port {turn.udp_port}, tls_port {turn.tls_port} and tcp_port "
            f"{turn.tcp_port}: " + _OTHER_SHAPE
        )
    if not offer.has_name(turn):
        raise ModeRefused(
            "this SDK's older shape dials TLS at Agora's own names where it is given an address: "
            "name in [turn] has to be a name"
        )
    return {
        "turnServerURL": turn.name,
        "username": credential.username,
        "password": credential.password,
        # SDKs that read the ports dial TLS on tcpport where security is true.
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
        what = f"of its {len(value)} servers the SDK takes one"
        yield Finding("", what, "write one, with a name that leads to all")
    if not value:
        yield Finding("", "the list is empty, so nothing is relayed", "write a server")
    for index, server in enumerate(value):
        yield from _legacy_findings(server, f"[{index}].")


def _legacy_findings(server: object, dot: str) -> Iterator[Finding]:
    if not isinstance(server, dict):
        yield Finding(dot.rstrip("."), f"it is {kind(server)}", "write {turnServerURL: ...}")
        return
    if "urls" in server:
        what = "urls belongs to the other shape, a list of RTCIceServer"
        yield Finding(f"{dot}urls", what, "check it as agora, or write turnServerURL")
        return
    for name in _TEXTS:
        yield from _text_findings(server.get(name), f"{dot}{name}", name)
    for name in _PORTS:
        yield from _port_findings(server, dot, name)
    for name in _FLAGS:
        if name in server and not isinstance(server[name], bool):
            what = f"the SDK throws INVALID_PARAMS: it is {kind(server[name])}"
            yield Finding(f"{dot}{name}", what, "write true or false")
    yield from _unheeded(server, dot)


def _text_findings(text: object, where: str, name: str) -> Iterator[Finding]:
    if not isinstance(text, str) or not 1 <= len(text) <= _MOST or max(map(ord, text)) > 255:
        what = (
            f"the SDK throws INVALID_PARAMS: Invalid {name}: Length of the string: [1,255]. "
            "ASCII characters only."
        )
        yield Finding(where, what, "write 1 to 255 characters of ASCII")
    elif name != "turnServerURL":
        return
    elif is_ipv4(text):
        name = f"{text.replace('.', '-')}.edge.agora.io"
        what = f"for TLS the SDK dials {name}, Agora's, in place of an address"
        yield Finding(where, what, "write the TURN server's name")
    elif ":" in text or "/" in text or "?" in text:
        what = f"the SDK puts turn: and a port around it, and makes turn:{text}:{_UDP_PORT} of it"
        yield Finding(where, what, "write the bare name")


def _port_findings(server: Mapping[str, object], dot: str, name: str) -> Iterator[Finding]:
    port = server.get(name, _UDP_PORT)
    if type(port) is not int or not 1 <= port <= 99999:
        what = f"invalid {name}: the value range is [1, 99999]. integer only"
        yield Finding(f"{dot}{name}", f"the SDK throws INVALID_PARAMS: {what}", "write a port")
        return
    used = (_UDP_PORT,) if name == "udpport" else (_UDP_PORT, _TLS_PORT)
    if port not in used:
        what = f"SDK 4.24 ignores {port}, and dials {' and '.join(map(str, used))}"
        yield Finding(f"{dot}{name}", what, "serve TURN there, or use the other shape, with urls")


def _unheeded(server: Mapping[str, object], dot: str) -> Iterator[Finding]:
    if server.get("forceturn") is True:
        what = "SDK 4.24 ignores it, and connects without the relay where it can"
        yield Finding(f"{dot}forceturn", what, "leave it out; the firewall is what forces")
    if server.get("security", True) is False and server.get("tcpport") == _TLS_PORT:
        what = "older SDKs then send plain TCP to 443"
        yield Finding(f"{dot}security", what, "write true")
