"""Tencent TRTC on the web, SDK 5: `trtc.enterRoom({proxy: {turnServer, iceTransportPolicy}})`.

Each server has one URL, in `url`. These servers replace TRTC's own.
"""

from collections.abc import Callable, Iterator, Mapping

from sigproxy.media import offer
from sigproxy.media.standard import inside
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.ice_servers import BOTH, POLICIES, Finding, kind, url_findings

_SCHEMES = ("turn:", "turns:", "stun:", "stuns:")


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return {
        "turnServer": singly(mode, turn, credential),
        "iceTransportPolicy": offer.policy(mode),
    }


def singly(mode: str, turn: Turn, credential: Credential) -> list[dict[str, str]]:
    """Return one `{url, username, credential}` for each TURN URL."""
    secret = {"username": credential.username, "credential": credential.password}
    return [{"url": url, **secret} for url in offer.relays(turn, mode)]


def check(value: object) -> Iterator[Finding]:
    value = inside(value, "proxy")
    if not isinstance(value, dict):
        what = f"it is {kind(value)}, and TRTC takes a string for the URL of a WebSocket proxy"
        yield Finding("", what, "write {turnServer: [...]}")
        return
    policy = value.get("iceTransportPolicy", "all")
    if policy not in POLICIES:
        what = f"the value {policy!r} is not one of an RTCIceTransportPolicy: a TypeError"
        yield Finding("iceTransportPolicy", what, 'write "all" or "relay"')
    servers = value.get("turnServer")
    if isinstance(servers, dict):
        yield from single_findings(servers, "turnServer", _scheme_less)
    elif isinstance(servers, list) and servers:
        for index, server in enumerate(servers):
            yield from single_findings(server, f"turnServer[{index}]", _scheme_less)
    else:
        what = f"it is {'empty' if servers == [] else kind(servers)}: TRTC uses its own servers"
        yield Finding("turnServer", what, "write a list of {url, username, credential}")


def _scheme_less(url: str) -> str:
    """Return *url* as TRTC reads it."""
    return url if url.startswith(_SCHEMES) else f"turn:{url}"


def _as_it_is(url: str) -> str:
    return url


def single_findings(
    server: object, where: str, read: Callable[[str], str] = _as_it_is
) -> Iterator[Finding]:
    """Yield what is wrong with a server that has one URL; *read* gives it as the SDK reads it."""
    if not isinstance(server, dict):
        yield Finding(where, f"it is {kind(server)}", "write {url, username, credential}")
        return
    url = server.get("url")
    if not isinstance(url, str) or not url:
        what = f"it is {kind(url)}" if url != "" else "it is empty"
        if "urls" in server:
            what = "this SDK reads url, and not urls"
        yield Finding(f"{where}.url", what, "write one URL, as a string")
        return
    yield from url_findings(read(url), f"{where}.url")
    if read(url).startswith("turn"):
        yield from _secret_findings(server, where)


def _secret_findings(server: Mapping[str, object], where: str) -> Iterator[Finding]:
    for name in ("username", "credential"):
        value = server.get(name)
        if not isinstance(value, str) or not value:
            what = "without one of the two the SDK sends neither, and the browser throws"
            yield Finding(f"{where}.{name}", what, f"it {BOTH}")
