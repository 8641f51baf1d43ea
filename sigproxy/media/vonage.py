"""Vonage Video (OpenTok) on the web: `iceConfig` of `session.setIceConfig`.

`OT.initSession` takes any iceConfig without a check; only setIceConfig checks it, with the messages
below. It adds Vonage's servers to the object that it is given: make a new one for each call.
"""

from collections.abc import Iterator, Mapping

from sigproxy.media import offer
from sigproxy.media.standard import inside
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import ice_servers
from sigproxy.semantics.ice_servers import Finding, is_falsy, kind, listed, urls_of

_INVALID = "OT_INVALID_PARAMETER, iceConfig invalid: "
_THROWS = f"setIceConfig throws {_INVALID}"
_NO_SERVERS = f"{_INVALID}.customServers must be an array"
_CHOICES = {"includeServers": ("all", "custom"), "transportPolicy": ("all", "relay")}


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return {
        "includeServers": "custom" if mode in offer.FORCED else "all",
        "transportPolicy": offer.policy(mode),
        "customServers": offer.servers(mode, turn, credential),
    }


def check(value: object) -> Iterator[Finding]:
    value = inside(value, "iceConfig")
    if not isinstance(value, dict):
        throws = "a TypeError" if not isinstance(value, list) else _NO_SERVERS
        what = f"setIceConfig throws {throws}: it is {kind(value)}"
        yield Finding("", what, "write {customServers: [...]}")
        return
    for name, choices in _CHOICES.items():
        if name in value and value[name] not in choices:
            what = f"{_THROWS}.{name} must be {' or '.join(choices)}"
            yield Finding(name, what, f'write "{choices[0]}" or "{choices[1]}"')
    if "iceServers" in value:
        what = "the SDK does not read iceServers"
        yield Finding("iceServers", what, "write customServers")
    yield from _servers_findings(value)


def _servers_findings(config: Mapping[str, object]) -> Iterator[Finding]:
    servers = config.get("customServers")
    alone = config.get("includeServers") == "custom" and config.get("transportPolicy") == "relay"
    if not isinstance(servers, list):
        yield Finding("customServers", f"setIceConfig throws {_NO_SERVERS}", "write a list")
        return
    if not servers:
        what = "it is empty, so it adds no server"
        if alone:
            what = (
                f"{_THROWS}.customServers must be a non empty array if .includeServers=custom and "
                ".transportPolicy=relay"
            )
        yield Finding("customServers", what, "write a server with a turn: URL")
    own = [
        finding
        for index, server in enumerate(listed(servers))
        for finding in _server_findings(server, f"customServers[{index}]")
    ]
    yield from own
    said = {finding.where for finding in own}
    for finding in ice_servers.findings(servers, "customServers"):
        if finding.where not in said:
            yield finding
    if servers and config.get("transportPolicy") == "relay" and not _has_turn(servers):
        what = 'with "relay" the SDK drops all URLs but those of TURN, and there is none'
        yield Finding("customServers", what, "add a turn: or turns: URL")


def _server_findings(server: object, where: str) -> Iterator[Finding]:
    if not isinstance(server, dict):
        what = f"setIceConfig throws a TypeError: it is {kind(server)}"
        if isinstance(server, list):
            what = f"{_THROWS}ice server .urls must be a string or an array"
        yield Finding(where, what, "write an object with urls, username and credential")
        return
    if is_falsy(server.get("urls")) and "url" in server:
        says = "ice servers need .urls, not .url"
        yield Finding(where, _THROWS + says, "write urls")
    elif not isinstance(server.get("urls"), str | list):
        says = "ice server .urls must be a string or an array"
        place = f"{where}.urls" if "urls" in server else where
        yield Finding(place, _THROWS + says, "write a string or a list of strings")
    for name in ("username", "credential"):
        if not isinstance(server.get(name), str) and not is_falsy(server.get(name)):
            says = f"ice server .{name} must be a string if present"
            yield Finding(f"{where}.{name}", _THROWS + says, "write a string")


def _has_turn(servers: list[object]) -> bool:
    return any(url.startswith("turn") for server in servers for _, url in urls_of(server, ""))
