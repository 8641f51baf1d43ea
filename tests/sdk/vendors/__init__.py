"""The vendors' side, scripted: as much of each service as its SDK needs to go on."""

from collections.abc import Iterable

from tests.sdk.record import Message, Received
from tests.sdk.vendors import acs, agora, daily, opentok, standard, watchrtc
from tests.sdk.vendors.answer import Answer, Service

SERVICES: dict[str, Service] = {
    "microsoft.com": acs,
    "microsoft.us": acs,
    "skype.com": acs,
    "cyara.com": watchrtc,
    "daily.co": daily,
    "agora.io": agora,
    "sd-rtn.com": agora,
    "agoraio.cn": agora,
    "opentok.com": opentok,
    "tokbox.com": opentok,
    "twilio.com": standard,
    "example.com": standard,
}


def _service(received: Received) -> Service | None:
    domain = ".".join(received.host.split(".")[-2:])
    return SERVICES.get(domain)


def answer(received: Received) -> Answer:
    service = _service(received)
    return service.answer(received) if service else Answer(status=404)


def greeting(received: Received) -> Iterable[str]:
    """Yield what the service says first on a WebSocket."""
    service = _service(received)
    return service.greeting(received) if service else ()


def replies(received: Received, message: Message) -> Iterable[Message]:
    service = _service(received)
    return service.replies(received, message) if service else ()
