"""SDKs that pass an RTCConfiguration to RTCPeerConnection: `{iceServers, iceTransportPolicy}`.

These are Twilio (`rtcConfiguration`), LiveKit (`rtcConfig`, whose iceServers replace those of the
server), mediasoup-client (options of a transport) and Janus (options of `new Janus`); and apps
without an SDK.
"""

from collections.abc import Iterator

from sigproxy.media import offer
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import ice_servers
from sigproxy.semantics.ice_servers import Finding, kind

# The options of these SDKs that hold the configuration.
_AROUND = ("rtcConfiguration", "rtcConfig")


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return {
        "iceServers": offer.servers(mode, turn, credential),
        "iceTransportPolicy": offer.policy(mode),
    }


def check(value: object) -> Iterator[Finding]:
    """Yield what is wrong with *value*: an RTCConfiguration, or only its list of iceServers."""
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
    """Return *value* as apps use it: it may be the answer of one of the services in formats.py."""
    if isinstance(value, dict) and "iceServers" not in value:
        if "ice_servers" in value:
            return value["ice_servers"]
        if "uris" in value:
            names = (("uris", "urls"), ("username", "username"), ("password", "credential"))
            return [{ours: value[theirs] for theirs, ours in names if theirs in value}]
    return value


def inside(value: object, *around: str) -> object:
    """Return what is inside the options named *around*, each of which may be there or not."""
    for name in around:
        if isinstance(value, dict) and name in value:
            value = value[name]
    return value
