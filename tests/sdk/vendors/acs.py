"""Azure Communication Services: configuration, Trouter, registrar, relay tokens, call set-up."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json, as_text

DOMAINS = ("microsoft.com", "microsoft.us", "skype.com")
SESSION = "0123456789abcdef"
TROUTER = "pub-ent-uswe-01-t.trouter.communication.microsoft.com"
REGISTRAR = "https://registrar.communication.microsoft.com/registrar/prod/v3/registrations"
LONG_POLL_S = 2.0
ECS = ("AcsCallingSDKWeb", "SkypeCalling", "MDN_TRAP", "SkypeWebMedia", "TrouterJScriptClient")
CONNECT = {
    "sr": "a+b/c=",
    "issuer": "pub-ent-uswe-01",
    "sp": "connect",
    "st": "2026-01-01T00:00:00.000Z",
    "se": "2036-01-01T00:00:00.000Z",
    "sig": "Zm9v+/==",
}
CONNECTED = {
    "id": SESSION,
    "ttl": "86400",
    "ccid": "CCID1",
    "surl": f"https://{TROUTER}:3443/v4/f/{SESSION}/",
    "url": f"https://{TROUTER}:8443/v4/f/{SESSION}/",
    "registrarUrl": REGISTRAR,
    "connectparams": CONNECT,
}
ALLOCATED = {
    **CONNECTED,
    "socketio": f"https://{TROUTER}:443/",
    "healthUrl": f"https://{TROUTER}:443/v4/h",
    "curlb": f"https://{TROUTER}:3443",
}
RELAY = {
    "realm": "rtcmedia",
    "username": "u",
    "password": "p",
    "expires": 604800,
    "expirationDate": "2036-01-01T00:00:00Z",
}
CONVERSATION = {
    "conversationUrl": "https://api-emea.flightproxy.skype.com:443/api/v2/cp/api.cc.skype.com/conv/1",
    "links": {"self": "https://api.flightproxy.skype.com/api/v2/cp/x/conv/1"},
}


def configuration(custom_turn: bool = True) -> Answer:
    """Return Microsoft's remote configuration; *custom_turn*: the SDK may use the app's servers."""
    calling = {"calling": {"enableCustomTurnUsage": custom_turn}}
    names = {**{name: {} for name in ECS}, "AcsCallingSDKWeb": calling}
    content = {**names, "Headers": {"ETag": '"e1"'}, "ConfigIDs": {}}
    expires = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    return as_json(content, ETag='"e1"', Expires=expires)


def answer(received: Received) -> Answer:
    path = received.path
    if "/config/v1/" in path:
        return configuration()
    if received.target.startswith("/?check="):
        return as_text("Trouter")
    if path.endswith("/v4/a"):
        return as_json(ALLOCATED)
    if path == "/socket.io/1/":
        return as_text(f"session{SESSION}:180:180:websocket,xhr-polling")
    if path.startswith("/socket.io/1/xhr-polling"):
        return as_text("1") if received.method == "POST" else _polled(received.turn)
    if "/registrations" in path:
        return Answer(status=202)
    if path.endswith("/tokens"):
        return as_json(RELAY)
    if path.endswith("/cpconv"):
        return as_json(CONVERSATION, status=201)
    return as_json({"acc": 1})


GREETING = ("1::", "5:1+::" + json.dumps({"name": "trouter.connected", "args": [CONNECTED]}))


def _polled(turn: int) -> Answer:
    """Return one message for each poll, then nothing for as long as a poll lasts."""
    return as_text(GREETING[turn]) if turn < len(GREETING) else as_text("8::", LONG_POLL_S)


def greeting(received: Received) -> Iterator[str]:
    yield from GREETING


def replies(received: Received, message: Message) -> Iterator[str]:
    text = str(message)
    if ping := re.match(r"5:(\d+)\+.*ping", text):
        yield f'6:::{ping[1]}+["pong"]'
    if text.startswith("2:"):  # a heartbeat of socket.io
        yield "2::"
