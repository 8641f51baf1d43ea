"""Jitsi Meet: `p2p: {stunServers, iceTransportPolicy}` of its configuration.

`stunServers` is a list of RTCIceServer, and may hold TURN servers too. It is used for calls of two
people, if the XMPP server offers no servers itself (XEP-0215). Calls over the videobridge use only
those of the XMPP server: its administrator gives prosody the secret of [turn].
"""

from collections.abc import Iterator

from sigproxy.media import offer
from sigproxy.media.standard import inside
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import ice_servers
from sigproxy.semantics.ice_servers import Finding, kind


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return {
        "stunServers": offer.servers(mode, turn, credential),
        "iceTransportPolicy": offer.policy(mode),
    }


def check(value: object) -> Iterator[Finding]:
    value = inside(value, "p2p")
    if not isinstance(value, dict):
        yield Finding("", f"it is {kind(value)}", "write {stunServers: [...]}")
        return
    if "iceServers" in value:
        yield Finding("iceServers", "Jitsi does not read iceServers", "write stunServers")
    servers = value.get("stunServers")
    if not isinstance(servers, list):
        what = f"stunServers is {kind(servers)}, so Jitsi uses its own STUN server or none"
        yield Finding("stunServers", what, "write a list of objects with urls")
        return
    yield from ice_servers.findings(servers, "stunServers")
    yield from ice_servers.policy_findings(value, "iceTransportPolicy", servers)
