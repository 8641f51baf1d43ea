"""PeerJS: taking an identity, and calling a peer who does not come."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step
from tests.sdk.vendors.peerjs import OWN

PRESETS = ("peerjs",)
RELEASES = {"1.5.5": "peerjs", "1.4.7": "peerjs-1.4.7"}  # with the folder in node_modules
NOISE = Noise(drawn=((r"(?<=[?&]ts=)[^&]+", "<time>"), (r"(?<=&token=)[^&]+", "<token>")))
SOCKET = r"^wss://0\.peerjs\.com/peerjs\?key=peerjs&id="
PHASES = (
    Phase(
        "start",
        (
            Step("identity", "GET", r"^https://0\.peerjs\.com/peerjs/id\?ts="),
            Step("WebSocket", "GET", SOCKET),
            Reached("peer open", "peer", OWN),
        ),
    ),
    Phase(
        "dial",
        (
            Step("offer", "GET", SOCKET, message='"OFFER"'),
            Reached("answer of the server", "error", "peer-unavailable"),
        ),
    ),
)


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield Scenario(
            f"PeerJS {release}",
            "host, path",
            "peerjs",
            PHASES,
            GATEWAY,
            shim=GATEWAY,
            module=module,
            noise=NOISE,
        )
