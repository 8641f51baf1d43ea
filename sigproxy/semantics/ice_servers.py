"""What is wrong with `iceServers` for RTCPeerConnection (W3C WebRTC, 4.2.2), and what to write.

A finding names an element, says what happens with it, and how to correct it. There are findings
also for what browsers accept, if it then does nothing or something else than it seems to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sigproxy.semantics.ice import BadIceUrl, IceUrl

MOST_SERVERS = 32  # TURN servers; libwebrtc drops the others
LONGEST_USERNAME = 509  # bytes, RFC 8489, 14.3
POLICIES = ("all", "relay")
BOTH = "needs username and credential: copy both from where the credential was issued"
AS_TEXT = "browsers turn it into text, which no TURN server accepts"


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is an element ("iceServers[0].urls[1]"), or "" for the whole."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where or 'the whole'}: {self.what}; {self.remedy}"


def findings(servers: object, where: str = "iceServers") -> Iterator[Finding]:
    """Yield what is wrong with *servers*, the value of `iceServers`."""
    if not isinstance(servers, list):
        what = f"RTCPeerConnection throws a TypeError: it is {kind(servers)}"
        yield Finding(where, what, "write a list of objects with urls")
        return
    turn = 0
    for index, server in enumerate(servers):
        place = f"{where}[{index}]"
        yield from _server_findings(server, place)
        turn += sum(url.startswith("turn") for _, url in urls_of(server, place))
    if turn > MOST_SERVERS:
        what = f"it has {turn} TURN URLs, and browsers drop all after the first {MOST_SERVERS}"
        yield Finding(where, what, "leave out what the others cover; two or three are enough")


def policy_findings(config: Mapping[str, object], key: str, servers: object) -> Iterator[Finding]:
    """Yield what is wrong with *key* of *config*, an RTCIceTransportPolicy over *servers*."""
    if key not in config:
        return
    policy = config[key]
    if policy not in POLICIES:
        what = f"the value {policy!r} is not one of an RTCIceTransportPolicy: a TypeError"
        yield Finding(key, what, 'write "all" or "relay"')
    urls = [url for server in listed(servers) for _, url in urls_of(server, "")]
    if policy == "relay" and not any(url.lower().startswith("turn") for url in urls):
        what = 'with "relay" and no TURN server, no candidate is ever found'
        yield Finding(key, what, 'add a turn: or turns: URL, or write "all"')


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def kind(value: object) -> str:
    """Return the type of *value* in JSON's terms, with its article."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", dict: "an object", list: "a list"}
    return names.get(type(value), "a number")


def is_falsy(value: object) -> bool:
    """Whether JavaScript takes *value* for false: an empty list or object it does not."""
    return value is None or value == "" or value == 0


def urls_of(server: object, where: str) -> list[tuple[str, str]]:
    """Return the URLs of *server* that are strings, each with the name of its element."""
    if not isinstance(server, dict):
        return []
    key = "urls" if "urls" in server else "url"
    urls = server.get(key)
    if isinstance(urls, str):
        return [(f"{where}.{key}", urls)]
    return [
        (f"{where}.{key}[{index}]", url)
        for index, url in enumerate(listed(urls))
        if isinstance(url, str)
    ]


def url_findings(url: str, where: str) -> Iterator[Finding]:
    try:
        parsed = IceUrl.parse(url)
    except BadIceUrl as error:
        throws = f"RTCPeerConnection throws a SyntaxError, {error.says}"
        silent = f"browsers accept it and gather no candidate: {error.says}"
        yield Finding(where, throws if error.throws else silent, error.remedy)
        return
    transport = parsed.transport or "udp"
    if transport != transport.lower():
        what = f"transport={transport} is not {transport.lower()} to every SDK"
        yield Finding(where, what, f"write transport={transport.lower()}")
    if parsed.scheme == "turns" and parsed.transport == "udp":
        what = "browsers have no DTLS: they use TLS over TCP, whatever transport says"
        yield Finding(where, what, "write transport=tcp; for UDP, turn:HOST:3478?transport=udp")
    if parsed.is_turn and not parsed.is_port_allowed:
        what = (
            f"browsers connect to no TURN server on port {parsed.dialled_port}, and gather no "
            "candidate"
        )
        yield Finding(where, what, "serve it on 443, 80 or a port from 1024 on")
    if parsed.dialled_port == 53 and parsed.carrier == "udp":
        what = "browsers send no UDP to port 53, and gather no candidate"
        yield Finding(where, what, "serve it on 3478 or 443")


def _server_findings(server: object, where: str) -> Iterator[Finding]:
    if not isinstance(server, dict):
        what = f"RTCPeerConnection throws a TypeError: it is {kind(server)}"
        yield Finding(where, what, "write an object with urls, username and credential")
        return
    yield from _urls_findings(server, where)
    urls = urls_of(server, where)
    for place, url in urls:
        yield from url_findings(url, place)
    if any(url.lower().startswith("turn") for _, url in urls):
        yield from _secret_findings(server, where)
    if server.get("credentialType", "password") != "password":
        what = "browsers no longer support any credentialType but password"
        yield Finding(f"{where}.credentialType", what, "leave it out")


def _urls_findings(server: Mapping[str, object], where: str) -> Iterator[Finding]:
    if "urls" not in server:
        what = "RTCPeerConnection throws a TypeError: urls is missing"
        if "url" in server:
            what = "the standard has dropped url, and only some browsers still read it"
        yield Finding(where, what, "write urls, a string or a list of strings")
        return
    urls = server["urls"]
    if urls == []:
        what = "RTCPeerConnection throws a SyntaxError, ICE server parsing failed: Empty uri."
        yield Finding(f"{where}.urls", what, "write a URL, or leave this server out")
    elif not isinstance(urls, str | list):
        what = f"RTCPeerConnection throws a SyntaxError: it is {kind(urls)}"
        yield Finding(f"{where}.urls", what, "write a string or a list of strings")
    for index, url in enumerate(listed(urls)):
        if not isinstance(url, str):
            what = f"RTCPeerConnection throws a SyntaxError: it is {kind(url)}"
            yield Finding(f"{where}.urls[{index}]", what, "write a URL")


def _secret_findings(server: Mapping[str, object], where: str) -> Iterator[Finding]:
    missing = [name for name in ("username", "credential") if name not in server]
    if missing:
        what = (
            "RTCPeerConnection throws an InvalidAccessError, Both username and credential are "
            f'required when the URL scheme is "turn" or "turns": no {" and no ".join(missing)}'
        )
        yield Finding(where, what, BOTH)
    for name in ("username", "credential"):
        value = server.get(name, "-")
        if value == "":
            what = (
                "RTCPeerConnection throws an InvalidAccessError, TURN server with empty username "
                "or password"
            )
            yield Finding(f"{where}.{name}", what, BOTH)
        elif not isinstance(value, str):
            yield Finding(
                f"{where}.{name}", f"it is {kind(value)}, and {AS_TEXT}", "write a string"
            )
    username = server.get("username")
    if (
        isinstance(username, str)
        and len(username.encode("utf-8", "surrogatepass")) > LONGEST_USERNAME
    ):
        what = "RTCPeerConnection throws an InvalidAccessError, TURN server username is too long"
        yield Finding(f"{where}.username", what, f"{LONGEST_USERNAME} bytes are the most")
