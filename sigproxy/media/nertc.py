"""NetEase NERTC on the web: `join({neRtcServerProxyAddresses})`, after startProxyServer.

Each address is host:port; the SDK makes a `turn:` URL for UDP and one for plain TCP of it, both
with that port. The username is called `relaytoken`. Everything is relayed, except in Firefox.
"""

import re
from collections.abc import Iterator

from sigproxy.errors.media import ModeRefused
from sigproxy.media.standard import inside
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.ice_servers import Finding, kind, url_findings

_ADDRESS = re.compile(r"(?:\[[^\]]+\]|[^:/?@\s]+):[0-9]+\Z")


def render(mode: str, turn: Turn, credential: Credential) -> object:
    if mode == "tls":
        raise ModeRefused(
            "this SDK relays over UDP and plain TCP only: it has no TLS, so open UDP to the TURN "
            "server, or set tcp_port in [turn]"
        )
    if mode == "udp":
        raise ModeRefused("this SDK always tries plain TCP as well as UDP: use mode=auto")
    ports = [port for port in dict.fromkeys((turn.udp_port, turn.tcp_port)) if port]
    if not ports:
        raise ModeRefused(
            "this SDK relays over UDP and plain TCP only, and udp_port and tcp_port in [turn] are 0"
        )
    return {
        "mediaProxyServer": [f"{turn.name}:{port}" for port in ports],
        "relaytoken": credential.username,
        "credential": credential.password,
    }


def check(value: object) -> Iterator[Finding]:
    value = inside(value, "neRtcServerProxyAddresses")
    if not isinstance(value, dict):
        yield Finding("", f"it is {kind(value)}", "write {mediaProxyServer, relaytoken, ...}")
        return
    yield from _address_findings(value.get("mediaProxyServer"))
    for name, wrong in (("relaytoken", "username"), ("credential", "password")):
        if not isinstance(value.get(name), str) or not value[name]:
            what = f"no {name}: the TURN server refuses the client (401)"
            if wrong in value:
                what = f"this SDK does not read {wrong}"
            yield Finding(name, what, f"write the credential's {wrong} as {name}")


def _address_findings(addresses: object) -> Iterator[Finding]:
    if not isinstance(addresses, list) or not addresses:
        what = f"it is {'empty' if addresses == [] else kind(addresses)}: nothing is relayed"
        yield Finding("mediaProxyServer", what, 'write ["HOST:3478"]')
        return
    for index, address in enumerate(addresses):
        where = f"mediaProxyServer[{index}]"
        if not isinstance(address, str) or not _ADDRESS.match(address):
            what = f"the SDK puts turn: before and ?transport=udp after it: {address!r}"
            yield Finding(where, what, 'write "HOST:3478", without scheme and query')
        else:
            yield from url_findings(f"turn:{address}", where)
