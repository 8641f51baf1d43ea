"""Azure Communication Services on the web: `networkConfiguration: {turn: {iceServers}}`.

The SDK (2.0.0, 1.25.1) takes each URL apart and writes it anew, and knows TLS only as
`transport=tls`, which every browser refuses; of a standard `turns:` URL it makes plain TCP or UDP:

turns:h:443?transport=tcp        turn:h:443?transport=tcp
turns:h:443                      turn:h:443?transport=udp
turns:h:443?transport=tls        turns:h:443
turns:192.0.2.1?transport=tls    nothing: TLS needs a name
stun:h:3478                      turn:h:3478?transport=udp, without a credential

Everything is relayed, always: candidates that are not are thrown away.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sigproxy.errors import ModeRefused
from sigproxy.media import offer
from sigproxy.media.standard import inside
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.ice import BadIceUrl, IceUrl, is_ipv4
from sigproxy.semantics.ice_servers import BOTH, Finding, kind, listed, url_findings

_TRANSPORTS = ("udp", "tcp", "tls")
_PORT = 3478  # also for turns
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
    """What the SDK makes of a URL: an error, or a URL for the browser; None: it drops it."""

    error: str | None
    becomes: str | None


def render(mode: str, turn: Turn, credential: Credential) -> object:
    urls = [
        _with_tls(url)
        for url in offer.relays(turn, mode)
        if not url.startswith("turns:") or offer.has_name(turn)
    ]
    if not urls:
        raise ModeRefused(f"this SDK dials TLS to names only, and name in [turn] is {turn.name}")
    server = {"urls": urls, "username": credential.username, "credential": credential.password}
    return {"iceServers": [server]}


def _with_tls(url: str) -> str:
    return url.replace("transport=tcp", "transport=tls") if url.startswith("turns:") else url


def read(url: str) -> Reading:
    """Return what the SDK makes of *url*."""
    scheme, colon, rest = url.partition(":")
    if not colon or not scheme.isalnum() or not scheme.isascii():
        return Reading(_URL_FAILS, None)
    if scheme.lower() not in ("turn", "turns", "stun"):
        return Reading(_SCHEME_FAILS, None)
    address, _, query = rest.partition("?")
    try:
        # https:// takes slashes, a path and userinfo where the ICE URL does not.
        parsed = IceUrl.parse("turn:" + address.lstrip("/").partition("/")[0].rpartition("@")[2])
    except BadIceUrl:
        return Reading(_URL_FAILS, None)
    return Reading(None, _written(parsed, _transport(query)))


def _transport(query: str) -> str:
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "transport":
            return value if value in _TRANSPORTS else "udp"
    return "udp"


def _written(parsed: IceUrl, transport: str) -> str | None:
    port = parsed.port or _PORT
    if transport != "tls":
        return str(IceUrl("turn", parsed.host, port, transport))
    return None if is_ipv4(parsed.host) else str(IceUrl("turns", parsed.host, port))


def check(value: object) -> Iterator[Finding]:
    """Yield what is wrong with *value*, the value of `turn` or what lies in or around it."""
    value = inside(value, "networkConfiguration", "turn")
    servers = value.get("iceServers") if isinstance(value, dict) else value
    if not isinstance(servers, list):
        what = f"the SDK reads no relay in it: iceServers is {kind(servers)}"
        yield Finding("iceServers", what, "write a list of objects with urls")
        return
    if not servers:
        what = "the SDK logs No relay config provided. No op., and goes on without"
        yield Finding("iceServers", what, "write a server with a turn: URL")
    for index, server in enumerate(servers):
        yield from _server_findings(server, f"iceServers[{index}]")


def _server_findings(server: object, where: str) -> Iterator[Finding]:
    urls = server.get("urls") if isinstance(server, dict) else None
    if not isinstance(server, dict) or not isinstance(urls, list):
        what = "the SDK throws a TypeError, urls.forEach is not a function"
        yield Finding(f"{where}.urls", what, "write a list, with one URL too")
        return
    if not urls:
        yield Finding(f"{where}.urls", "it is empty, so nothing is dialled", "write a turn: URL")
    for index, url in enumerate(listed(urls)):
        place = f"{where}.urls[{index}]"
        if isinstance(url, str):
            yield from _url_findings(url, place)
        else:
            yield Finding(place, f"{_URL_FAILS}: it is {kind(url)}", "write a URL")
    yield from _secret_findings(server, where)


def _url_findings(url: str, where: str) -> Iterator[Finding]:
    reading = read(url)
    if reading.error is not None:
        yield Finding(where, reading.error, "write turn:HOST:3478?transport=udp")
        return
    scheme = url.partition(":")[0].lower()
    host, port = _endpoint(url)
    if scheme == "stun":
        what = f"the SDK makes a TURN server of it, {reading.becomes}"
        yield Finding(where, what, "leave it out: this SDK has no use for STUN")
    elif reading.becomes is None:
        what = "the SDK dials TLS to names only, and drops this one without a word"
        yield Finding(where, what, f"write a name: turns:NAME:{port or 443}?transport=tls")
    elif scheme == "turns" and not reading.becomes.startswith("turns:"):
        sent = "plain TCP" if "tcp" in reading.becomes else "UDP"
        what = f"the SDK makes {sent} of it, {reading.becomes}"
        yield Finding(where, what, f"write turns:{host}:{port or 443}?transport=tls")
    elif "transport=tls" in url and port is None:
        what = f"without a port the SDK dials {_PORT} for TLS as well"
        yield Finding(where, what, f"write turns:{host}:443?transport=tls")
    if reading.becomes is not None:
        yield from url_findings(reading.becomes, where)
    yield from _lost(url, where)


def _lost(url: str, where: str) -> Iterator[Finding]:
    """Say what of *url* the SDK drops without a word."""
    address, _, query = url.partition("?")
    if "@" in address:
        yield Finding(where, "the SDK drops what is before @", "put it into username")
    if address.partition(":")[2].startswith("/"):
        yield Finding(where, "a TURN URL has no //", "write turn:HOST:PORT")
    if query and query.removeprefix("transport=") not in _TRANSPORTS:
        what = f"the SDK knows no ?{query}, and uses UDP"
        yield Finding(where, what, "write transport=udp, =tcp or =tls, in small letters")


def _endpoint(url: str) -> tuple[str, int | None]:
    address = url.partition(":")[2].partition("?")[0].lstrip("/").partition("/")[0]
    parsed = IceUrl.parse("turn:" + address.rpartition("@")[2])
    return (f"[{parsed.host}]" if ":" in parsed.host else parsed.host), parsed.port


def _secret_findings(server: Mapping[str, object], where: str) -> Iterator[Finding]:
    for name in ("username", "credential"):
        value = server.get(name, "")
        if value == "":
            what = 'the SDK takes "" for it, and RTCPeerConnection then throws InvalidAccessError'
            yield Finding(f"{where}.{name}", what, f"it {BOTH}")
        elif not isinstance(value, str):
            yield Finding(f"{where}.{name}", f"it is {kind(value)}", "write a string")
