"""ZEGO Express on the web: `zg.setTurnServer([{url, username, credential}])`.

It has an effect only if a local proxy is set (`setLocalProxyConfig`). Each URL goes to
RTCPeerConnection unchanged; the SDK cannot be told to relay only.
"""

from collections.abc import Iterator

from sigproxy.media.trtc import single_findings, singly
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.ice_servers import Finding, kind


def render(mode: str, turn: Turn, credential: Credential) -> object:
    return singly(mode, turn, credential)


def check(value: object) -> Iterator[Finding]:
    if not isinstance(value, list):
        what = f"it is {kind(value)}, and the SDK throws 'setTurnServer' failed. param error."
        yield Finding("", what, "write a list of {url, username, credential}")
        return
    if not value:
        yield Finding("", "the list is empty, so nothing is relayed", "write a server")
    for index, server in enumerate(value):
        yield from single_findings(server, f"[{index}]")
