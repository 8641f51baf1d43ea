"""Azure Communication Services on the web: `networkConfiguration: {turn: {iceServers}}`.

The SDK (2.0.0, 1.25.1) parses each URL and builds another one for the browser. It recognizes TLS
only by `transport=tls`, which every browser refuses, and turns a standard `turns:` URL into plain
TCP or UDP:

turns:h:443?transport=tcp        turn:h:443?transport=tcp
turns:h:443                      turn:h:443?transport=udp
turns:h:443?transport=tls        turns:h:443
turns:192.0.2.1?transport=tls    no URL, at which the browser throws: TLS needs a name
stun:h:3478                      turn:h:3478?transport=udp

With servers of its own the SDK always sets the relay-only policy. It uses them only if Microsoft
has switched `enableCustomTurnUsage` on in the configuration that the SDK downloads.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sigproxy.errors.media import ModeRefused
from sigproxy.media import offer
from sigproxy.media.standard import inside
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.ice import BadIceUrl, IceUrl, is_ipv4
from sigproxy.semantics.ice_servers import AS_TEXT, BOTH, Finding, kind, listed, url_findings

_TRANSPORTS = ("udp", "tcp", "tls")
_NO_PORT = re.compile(r":0*\Z")
_PORT = 3478  # also for turns, and in place of port 0
_URL_FAILS = (
    "the SDK throws code 400, subCode 40003, Failed to create a URL object with the ICE server "
    "URL provided."
)
_SCHEME_FAILS = (
    "the SDK throws code 400, subCode 40004, The ICE server url must contain 'turn', 'turns', "
    "or 'stun'."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the SDK turns a URL into: an error, or a URL for the browser; None: no URL at all."""

    error: str | None
    becomes: str | None


def render(mode: str, turn: Turn, credential: Credential) -> object:
    urls = [
        _with_tls(url)
        for url in offer.relays(turn, mode)
        if not url.startswith("turns:") or offer.has_name(turn)
    ]
    if not urls:
        raise ModeRefused(
            f"this SDK uses TLS with names only, and name in [turn] is the address {turn.name}"
        )
    server = {"urls": urls, "username": credential.username, "credential": credential.password}
    return {"iceServers": [server]}


def _with_tls(url: str) -> str:
    return url.replace("transport=tcp", "transport=tls") if url.startswith("turns:") else url


def read(url: str) -> Reading:
    """Return what the SDK turns *url* into."""
    scheme, colon, rest = url.partition(":")
    if not colon or not scheme.isalnum() or not scheme.isascii():
        return Reading(_URL_FAILS, None)
    if scheme.lower() not in ("turn", "turns", "stun"):
        return Reading(_SCHEME_FAILS, None)
    address, _, query = rest.partition("?")
    try:
        host, port = _host_and_port(address)
    except (BadIceUrl, UnicodeError):
        return Reading(_URL_FAILS, None)
    return Reading(None, _written(host, port or _PORT, _transport(query) or "udp"))


def _host_and_port(address: str) -> tuple[str, int | None]:
    """Return them as `new URL` does after "https:"; raise BadIceUrl or UnicodeError."""
    # https:// allows slashes, a path and userinfo where the ICE URL does not.
    address = address.lstrip("/").partition("/")[0].rpartition("@")[2]
    parsed = IceUrl.parse("turn:" + _NO_PORT.sub("", address))
    host = parsed.host.lower()
    return (host if host.isascii() else host.encode("idna").decode()), parsed.port


def _transport(query: str) -> str | None:
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "transport":
            return value if value in _TRANSPORTS else None
    return None


def _written(host: str, port: int, transport: str) -> str | None:
    if transport != "tls":
        return str(IceUrl("turn", host, port, transport))
    return None if is_ipv4(host) else str(IceUrl("turns", host, port))


def check(value: object) -> Iterator[Finding]:
    """Yield what is wrong with *value*: `turn`, its list, or the options around it."""
    value = inside(value, "networkConfiguration", "turn")
    servers = value.get("iceServers") if isinstance(value, dict) else value
    if not isinstance(servers, list):
        what = f"the SDK throws a TypeError: iceServers is {kind(servers)}"
        yield Finding("iceServers", what, "write a list of objects with urls")
        return
    if not servers:
        what = "the SDK logs No relay config provided. No op., and uses Microsoft's relays"
        yield Finding("iceServers", what, "write a server with a turn: URL")
    for index, server in enumerate(servers):
        yield from _server_findings(server, f"iceServers[{index}]")


def _server_findings(server: object, where: str) -> Iterator[Finding]:
    urls = server.get("urls") if isinstance(server, dict) else None
    if not isinstance(server, dict) or not isinstance(urls, list):
        what = f"the SDK throws a TypeError: urls is {kind(urls)}, and has no forEach"
        yield Finding(f"{where}.urls", what, "write a list, also for a single URL")
        return
    if not urls:
        yield Finding(f"{where}.urls", "it is empty, so nothing is dialled", "write a turn: URL")
    for index, url in enumerate(listed(urls)):
        place = f"{where}.urls[{index}]"
        if isinstance(url, str):
            yield from _url_findings(url, place)
        else:
            yield Finding(place, f"{_URL_FAILS} It is {kind(url)}", "write a URL")
    yield from _secret_findings(server, where)


def _url_findings(url: str, where: str) -> Iterator[Finding]:
    reading = read(url)
    if reading.error is not None:
        yield Finding(where, reading.error, "write turn:HOST:3478?transport=udp")
        return
    scheme = url.partition(":")[0].lower()
    host, port = _endpoint(url)
    if scheme == "stun":
        what = f"the SDK turns it into a TURN server, {reading.becomes}"
        yield Finding(where, what, "leave it out: this SDK has no use for STUN")
    elif reading.becomes is None:
        what = (
            "the SDK uses TLS with names only, and leaves a server without a URL, at which "
            "RTCPeerConnection throws a SyntaxError, ICE server parsing failed: Empty uri."
        )
        yield Finding(where, what, f"write a name: turns:NAME:{port or 443}?transport=tls")
    elif scheme == "turns" and not reading.becomes.startswith("turns:"):
        sent = "plain TCP" if "tcp" in reading.becomes else "UDP"
        what = f"the SDK makes {sent} of it, {reading.becomes}"
        yield Finding(where, what, f"write turns:{host}:{port or 443}?transport=tls")
    elif reading.becomes.startswith("turns:") and port is None:
        what = f"without a port the SDK dials {_PORT} for TLS as well, {reading.becomes}"
        yield Finding(where, what, f"write turns:{host}:443?transport=tls")
    elif _NO_PORT.search(url.partition("?")[0]):
        what = f"it names no port, and the SDK dials {reading.becomes}"
        yield Finding(where, what, f"write the TURN server's port, {_PORT} for example")
    if reading.becomes is not None:
        yield from url_findings(reading.becomes, where)
    yield from _lost(url, where)


def _lost(url: str, where: str) -> Iterator[Finding]:
    """Say which parts of *url* the SDK drops silently."""
    address, _, query = url.partition("?")
    if "@" in address:
        yield Finding(where, "the SDK drops what is before @", "put it into username")
    if address.partition(":")[2].startswith("/"):
        yield Finding(where, "a TURN URL has no //", "write turn:HOST:PORT")
    transport = _transport(query)
    if query and transport is None:
        what = f"the SDK does not know ?{query}, and uses UDP"
        yield Finding(where, what, "write transport=udp, =tcp or =tls, in small letters")
    elif query and query != f"transport={transport}":
        what = f"the SDK reads transport={transport} in ?{query}, and drops the rest"
        yield Finding(where, what, f"write ?transport={transport}")


def _endpoint(url: str) -> tuple[str, int | None]:
    """Return the host as it is written in a URL, and the port."""
    host, port = _host_and_port(url.partition(":")[2].partition("?")[0])
    return (f"[{host}]" if ":" in host else host), port


def _secret_findings(server: Mapping[str, object], where: str) -> Iterator[Finding]:
    for name in ("username", "credential"):
        value = server.get(name)
        if value is None or value == "":
            what = (
                'the SDK passes "" for it, and RTCPeerConnection throws an InvalidAccessError, ICE '
                "server parsing failed: TURN server with empty username or password"
            )
            yield Finding(f"{where}.{name}", what, f"it {BOTH}")
        elif not isinstance(value, str):
            yield Finding(
                f"{where}.{name}", f"it is {kind(value)}, and {AS_TEXT}", "write a string"
            )
