"""LiveKit: a room that answers with who has joined, and the regions of LiveKit Cloud.

Numbers of fields are those of livekit_rtc.proto and livekit_models.proto. No media server is behind
it, so the offer of the first connection is never answered.
"""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json
from tests.sdk.vendors.protobuf import message

DOMAINS = ("livekit.cloud",)
ROOM = message((1, "RM_1"), (2, "room"))
PARTICIPANT = message((1, "PA_1"), (2, "zoe"), (3, 1))  # the state is JOINED
SERVER = message((2, "1.9.0"), (3, 16))  # its version, and the protocol's
ANSWER_TO_JOIN = message((1, ROOM), (2, PARTICIPANT), (12, SERVER))
JOINED = message((1, ANSWER_TO_JOIN))
REGIONS = {"regions": [{"region": "us", "url": "wss://project.livekit.cloud", "distance": "1"}]}


def answer(received: Received) -> Answer:
    return as_json(REGIONS)


def greeting(received: Received) -> Iterator[Message]:
    yield JOINED


def replies(received: Received, message: Message) -> Iterator[Message]:
    yield from ()
