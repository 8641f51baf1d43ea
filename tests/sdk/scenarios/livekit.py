"""LiveKit: joining a room of LiveKit Cloud, and leaving it.

No media server answers the offer, which is in the request to join, so the room is left before there
is a connection.
"""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("livekit",)
RELEASES = {"2.23.0": "livekit-client", "2.9.9": "livekit-2.9.9"}
PATHS = {"2.23.0": "/rtc/v1", "2.9.9": "/rtc"}  # /rtc has no offer in its query
NOISE = Noise(
    drawn=((r"(?<=join_request=)[^&]+", "<offer>"),),
    # It asks for regions where the host's name ends in .livekit.cloud.
    left_out=r"//project\.livekit\.cloud/settings/regions$",
)
LEAVE = r"B\x02\x10\x01"  # SignalRequest.leave, with LeaveRequest.reason CLIENT_INITIATED


def _phases(path: str) -> tuple[Phase, ...]:
    socket = rf"^wss://project\.livekit\.cloud{path}\?"
    joined = Step("WebSocket", "GET", socket), Reached("joined", "joined", "room as zoe")
    left = (
        Step("leave request", "GET", socket, message=LEAVE),
        Reached("left", "connect.error", "Client initiated disconnect"),
    )
    return Phase("start", joined), Phase("leave", left)


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield Scenario(
            f"LiveKit {release}",
            "room.connect",
            "livekit",
            _phases(PATHS[release]),
            f"wss://{GATEWAY}/project.livekit.cloud",
            shim=GATEWAY,
            module=module,
            noise=NOISE,
        )
