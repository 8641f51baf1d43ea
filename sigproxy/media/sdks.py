"""The SDKs by name: the ICE servers that each takes, and the check of somebody else's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sigproxy.media import (
    acs_native,
    acs_web,
    agora,
    daily,
    jitsi,
    nertc,
    standard,
    trtc,
    vonage,
    zego,
)
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.ice_servers import Finding

_CANNOT_FORCE = (
    "this SDK cannot be told to relay only: it connects directly where the network allows it"
)
_NOT_FIREFOX = "in Firefox it connects directly where the network allows it"


@dataclass(frozen=True, slots=True)
class Sdk:
    """An SDK: `render` makes what it takes, `check` holds its rules, `given_to` names its API.

    `is_dictionary`: it reads members by name, so that we can add `ttl` and `expires`.
    """

    name: str
    title: str
    given_to: str
    render: Callable[[str, Turn, Credential], object]
    check: Callable[[object], Iterator[Finding]]
    is_dictionary: bool = False
    note: str = ""  # what a forced mode does not achieve


def _standard(name: str, title: str, given_to: str) -> Sdk:
    return Sdk(name, title, given_to, standard.render, standard.check, is_dictionary=True)


def _native(name: str, title: str, check: Callable[[object], Iterator[Finding]]) -> Sdk:
    given_to = "IceServer of CallNetworkOptions"
    return Sdk(name, title, given_to, acs_native.render, check, is_dictionary=True)


SDKS: dict[str, Sdk] = {
    sdk.name: sdk
    for sdk in (
        Sdk(
            "acs-web",
            "Azure Communication Services, web",
            "networkConfiguration.turn of new CallClient",
            acs_web.render,
            acs_web.check,
            is_dictionary=True,
        ),
        _native("acs-android", "Azure Communication Services, Android", acs_native.check_android),
        _native("acs-ios", "Azure Communication Services, iOS", acs_native.check_skipping),
        _native("acs-windows", "Azure Communication Services, Windows", acs_native.check_skipping),
        Sdk(
            "agora",
            "Agora, web",
            "client.setTurnServer",
            agora.render,
            agora.check,
            note=_CANNOT_FORCE,
        ),
        Sdk(
            "agora-legacy",
            "Agora, web, the older shape",
            "client.setTurnServer",
            agora.render_legacy,
            agora.check_legacy,
        ),
        Sdk("vonage", "Vonage Video", "session.setIceConfig", vonage.render, vonage.check),
        Sdk("daily", "Daily", "callObject.setIceConfig", daily.render, daily.check),
        _standard("twilio", "Twilio Video", "rtcConfiguration of connect"),
        _standard("livekit", "LiveKit", "rtcConfig of room.connect"),
        Sdk("trtc", "Tencent TRTC", "proxy of trtc.enterRoom", trtc.render, trtc.check),
        Sdk(
            "nertc",
            "NetEase NERTC",
            "neRtcServerProxyAddresses of join",
            nertc.render,
            nertc.check,
            note=_NOT_FIREFOX,
        ),
        Sdk("zego", "ZEGO", "zg.setTurnServer", zego.render, zego.check, note=_CANNOT_FORCE),
        _standard("mediasoup", "mediasoup-client", "options of createSendTransport"),
        _standard("janus", "Janus", "options of new Janus"),
        Sdk(
            "jitsi",
            "Jitsi",
            "p2p of the configuration",
            jitsi.render,
            jitsi.check,
            is_dictionary=True,
        ),
        _standard("webrtc", "WebRTC without an SDK", "new RTCPeerConnection"),
    )
}
