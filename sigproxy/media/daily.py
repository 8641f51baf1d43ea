"""Daily: `dailyConfig.iceConfig`, or `callObject.setIceConfig`; "Advanced Firewall Control".

The SDK hands it unchanged to the call machine, a script that it downloads from Daily. Daily asks
apps to call setIceConfig again at least once an hour, with a credential that is valid for longer.
"""

from collections.abc import Iterator

from sigproxy.media import offer
from sigproxy.media.standard import inside
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics import ice_servers
from sigproxy.semantics.ice_servers import Finding, kind

_PLACEMENTS = ("front", "back", "replace")


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return {
        "iceServers": offer.servers(mode, turn, credential),
        # In a forced mode only this server is used, and none of Daily's.
        "placement": "replace" if mode in offer.FORCED else "front",
        "iceTransportPolicy": offer.policy(mode),
    }


def check(value: object) -> Iterator[Finding]:
    value = inside(value, "dailyConfig", "iceConfig")
    if not isinstance(value, dict):
        yield Finding("", f"it is {kind(value)}", "write {iceServers: [...]}")
        return
    placement = value.get("placement", "front")
    if placement not in _PLACEMENTS:
        what = f"Daily knows no placement {placement!r}"
        yield Finding("placement", what, 'write "front", "back" or "replace"')
    if "iceServers" not in value:
        yield Finding("", "it has no iceServers, so Daily uses its own", "write iceServers")
        return
    yield from ice_servers.findings(value["iceServers"])
    yield from ice_servers.policy_findings(value, "iceTransportPolicy", value["iceServers"])
