"""The vendors' hosts: the setting `presets` of a route adds them to its `targets`.

An entry is a suffix if the service assigns host names during a call, else a whole name. Suffixes
of the vendors' pages under which anybody can register names (azureedge.net, cloudfront.net) are
left out: they would open the gateway to strangers' hosts.
"""

from sigproxy.presets.agora import AGORA
from sigproxy.presets.asia import NERTC, TRTC, VOLCENGINE, ZEGO
from sigproxy.presets.microsoft import ACS, ACS_GOV, AZURE
from sigproxy.presets.preset import Host, Preset
from sigproxy.presets.video import (
    CHIME,
    DAILY,
    HMS,
    LIVEKIT,
    PEERJS,
    REALTIMEKIT,
    STREAM,
    TWILIO,
    VONAGE,
)
from sigproxy.presets.voice import (
    PLIVO,
    SENDBIRD,
    SIGNALWIRE,
    TELNYX,
    VONAGE_CLIENT,
    WATCHRTC,
)

__all__ = ["PRESETS", "Host", "Preset"]

# Those that the vendors' pages and SDKs name a proxy for come first.
PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        *(ACS, ACS_GOV, WATCHRTC, AGORA, VONAGE, DAILY, CHIME),
        *(TRTC, NERTC, ZEGO, VOLCENGINE),
        *(LIVEKIT, TWILIO, STREAM, HMS, REALTIMEKIT, PEERJS),
        *(TELNYX, VONAGE_CLIENT, SENDBIRD, PLIVO, SIGNALWIRE, AZURE),
    )
}
