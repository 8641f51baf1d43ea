"""What the SDKs make of the lines for them, as recorded (``tests/parity/vendor_requests.json``)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.parity.sdk_vectors import Vector, read

RECORDED_AT = "proxy.example.org:8443"  # where the SDKs were told that the gateway is
VECTORS = {vector.id: vector for vector in read("vendor_requests.json")}

# What the lines leave to the app, as it was when the SDKs were recorded.
OF_THE_APP = (
    ("APP-ID", "appid-1"),
    ("RESOURCE", "res1"),
    ("//project.livekit", "//demo.livekit"),
    ("weblogger-wss.zego.im", "weblogger-wss.coolbcloud.com"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in the lines for *vendor*, and a request that the SDK then sent.

    The value begins behind the scheme; `joined` makes it of the groups of `pattern`.
    """

    vendor: str
    pattern: str
    id: str
    joined: Callable[..., str] = "".join

    @property
    def vector(self) -> Vector:
        return VECTORS[self.id]

    def value(self, text: str) -> str:
        """Return what *text*, the lines, has the app set, filled in as when it was recorded."""
        [found] = re.findall(self.pattern, text)
        groups = found if isinstance(found, tuple) else (found,)
        value = str(self.joined(groups))
        for placeholder, recorded in OF_THE_APP:
            value = f"//{value}".replace(placeholder, recorded).removeprefix("//")
        return value


def _peer(groups: tuple[str, ...]) -> str:
    host, port, path = groups
    return f"{host}:{port}{path}"


BY_PATH = [
    Setting("trtc", r'websocketProxy: "wss://([^"]+)"', "trtc-ws-host-2"),
    Setting("trtc", r'loggerProxy: "https://([^"]+)"', "trtc-ws-host-1"),
    Setting("zego", r'loggerProxy: "([^"]+)"', "zego-path-1"),
    Setting("volcengine", r'accessProxy: "([^"]+)"', "volc-path-1"),
    Setting("volcengine", r'logProxy: "([^"]+)"', "volc-path-2"),
    Setting("twilio", r'chunderw: "([^"]+)"', "voice-path-1"),
    Setting("twilio", r'wsServer: "wss://([^"]+)"', "tvideo-path-1"),
    Setting("stream", r'baseURL: "https://([^"]+)"', "stream2-1"),
    Setting("stream", r'baseURL: "https://([^"]+)"', "stream2-2"),
    Setting(
        "peerjs",
        r'host: "([^"]+)",\s+port: (\d+),\s+secure: true,\s+path: "([^"]+)"',
        "peerjs-path-1",
        _peer,
    ),
    Setting("telnyx", r'host: "wss://([^"]+)"', "telnyx-path-1"),
    Setting("telnyx", r'region: "wss://([^"]+)"', "telnyx-region-1"),
    Setting(
        "vonage-client",
        r'websocketUrl: "wss://([^"]+)",\s+websocketPath: "([^"]+)"',
        "vonage-wspath-1",
    ),
    Setting("sendbird", r'"https://([^"]+)"', "sendbird-path-1"),
    Setting("plivo", r'registrationDomainSocket: \["wss://([^"]+)"', "plivo-path-1"),
    Setting("signalwire", r'    host: "([^"]+)"', "swire-noch-1"),
    Setting("azure", r'ChatClient\(\s+"https://([^"]+)"', "chat-rt2-1"),
    Setting("azure", r'\.replace\("://", "://([^"]+)"', "wps-path-1"),
    Setting("azure", r'withUrl\("https://([^"]+)"', "signalr-azure-1"),
    Setting("chime", r'\.replace\("://", "://([^"]+)"', "chime2-1"),
]
# SDKs that replace the host of their own URL and keep its path.
BY_HOST = [
    Setting("nertc", r'channelServer: "([^"]+)"', "nertc-edge-1"),
    Setting("nertc", r'statisticsServer: "([^"]+)"', "nertc-edge-3"),
]
