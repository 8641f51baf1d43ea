"""ACS chat: threads and messages; notifications come by Trouter, which ``acs`` plays."""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("communication.azure.com",)
USER = {"rawId": "8:acs:1", "communicationUser": {"id": "8:acs:1"}}
THREAD = {
    "chatThread": {
        "id": "19:meeting_abc+x@thread.v2",
        "topic": "très bien",
        "createdOn": "2026-01-01T00:00:00Z",
        "createdByCommunicationIdentifier": USER,
    }
}
NOTIFICATIONS = {
    "trouterServiceUrl": "https://go.trouter.communication.microsoft.com",
    "registrarServiceUrl": "https://registrar.communication.microsoft.com/registrar/prod",
    "cloudType": "Public",
}


def answer(received: Received) -> Answer:
    if received.path == "/chat/threads":
        return as_json(THREAD, status=201)
    if received.path.endswith("/messages"):
        return as_json({"id": "1795233930000"}, status=201)
    if received.path == "/chat/config/realTimeNotifications":
        return as_json(NOTIFICATIONS)
    return Answer(status=404)


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    yield from ()
