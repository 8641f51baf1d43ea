"""LiveKit: joining a room of LiveKit Cloud, and leaving it.

No media server answers the offer, which is in the request to join, so the room is left before there
is a connection.
"""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("livekit",)
NOISE = Noise(
    drawn=((r"(?<=join_request=)[^&]+", "<offer>"),),
    # It asks for regions where the host's name ends in .livekit.cloud.
    left_out=r"//project\.livekit\.cloud/settings/regions$",
)
SOCKET = r"^wss://project\.livekit\.cloud/rtc/v1\?"
LEAVE = r"B\x02\x10\x01"  # SignalRequest.leave, with LeaveRequest.reason CLIENT_INITIATED
PHASES = (
    Phase(
        "start",
        (Step("WebSocket", "GET", SOCKET), Reached("joined", "joined", "room as zoe")),
    ),
    Phase(
        "leave",
        (
            Step("leave request", "GET", SOCKET, message=LEAVE),
            Reached("left", "connect.error", "Client initiated disconnect"),
        ),
    ),
)


def scenarios() -> Iterator[Scenario]:
    yield Scenario(
        "LiveKit 2.23.0",
        "room.connect",
        "livekit",
        PHASES,
        f"wss://{GATEWAY}/project.livekit.cloud",
        shim=GATEWAY,
        module="livekit-client",
        noise=NOISE,
    )
