"""SDKs that hand an RTCConfiguration on to RTCPeerConnection: `{iceServers, iceTransportPolicy}`.

Twilio's `rtcConfiguration`, LiveKit's `rtcConfig` (its iceServers replace the server's), the
options of mediasoup-client's transports and of `new Janus`, Jitsi's `p2p`, and no SDK at all.
"""

from collections.abc import Iterator

from sigproxy.media import offer
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import ice_servers
from sigproxy.semantics.ice_servers import Finding, kind

# What the configuration lies in, in the options of these SDKs.
_AROUND = ("rtcConfiguration", "rtcConfig", "p2p")


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return {
        "iceServers": offer.servers(mode, turn, credential),
        "iceTransportPolicy": offer.policy(mode),
    }


def check(value: object) -> Iterator[Finding]:
    """Yield what is wrong with *value*: an RTCConfiguration, or the list of iceServers alone."""
    value = _as_configuration(inside(value, *_AROUND))
    if isinstance(value, list):
        value = {"iceServers": value}
    if not isinstance(value, dict):
        yield Finding("", f"it is {kind(value)}", "write {iceServers: [...]}")
    elif "iceServers" not in value:
        what = "it has no iceServers, so the browser uses none"
        yield Finding("", what, "write {iceServers: [...]}")
    else:
        yield from ice_servers.findings(value["iceServers"])
        yield from ice_servers.policy_findings(value, "iceTransportPolicy", value["iceServers"])


def _as_configuration(value: object) -> object:
    """Return the answer of a service for TURN credentials (see formats.py) as apps use it."""
    if isinstance(value, dict) and "iceServers" not in value:
        if "ice_servers" in value:
            return value["ice_servers"]
        if "uris" in value:
            names = (("uris", "urls"), ("username", "username"), ("password", "credential"))
            return [{ours: value[theirs] for theirs, ours in names if theirs in value}]
    return value


def inside(value: object, *around: str) -> object:
    """Return *value* without the options of *around* that it lies in."""
    for name in around:
        if isinstance(value, dict) and name in value:
            value = value[name]
    return value
