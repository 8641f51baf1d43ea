"""PeerJS: taking an identity, and calling a peer who does not come."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step
from tests.sdk.vendors.peerjs import OWN

PRESETS = ("peerjs",)
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
    yield Scenario(
        "PeerJS 1.5.5",
        "host, path",
        "peerjs",
        PHASES,
        GATEWAY,
        shim=GATEWAY,
        module="peerjs",
        noise=NOISE,
    )
