"""The formats in which services give out TURN credentials: apps written for one of them work here.

w3c         an RTCConfiguration
uberti      draft-uberti-behave-turn-rest-00; Matrix, /voip/turnServer
twilio      Network Traversal Service, POST Tokens.json
cloudflare  Realtime TURN, POST generate-ice-servers
metered     GET turn/credentials: a list, with one URL in each entry

Only the first has a member for the relay policy: for a forced mode, the app has to add it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

from sigproxy.media import offer, standard
from sigproxy.policies.turn import Credential, Turn

Form = Callable[[str, Turn, Credential], object]

OK = 200
CREATED = 201
# Clients check only the form of an account's number; no account has this one.
_NOBODY = "AC" + "0" * 32


def w3c(mode: str, turn: Turn, credential: Credential) -> object:
    return standard.render(mode, turn, credential)


def uberti(mode: str, turn: Turn, credential: Credential) -> object:
    return {
        "username": credential.username,
        "password": credential.password,
        "ttl": credential.ttl_s,
        "uris": offer.relays(turn, mode),
    }


def twilio(mode: str, turn: Turn, credential: Credential) -> object:
    created = _rfc2822(credential.expires_at - credential.ttl_s)
    return {
        "username": credential.username,
        "password": credential.password,
        "ttl": str(credential.ttl_s),  # a string there too
        "account_sid": _NOBODY,
        "date_created": created,
        "date_updated": created,
        "ice_servers": [
            {"url": server["urls"], **server} for server in _singly(mode, turn, credential)
        ],
    }


def cloudflare(mode: str, turn: Turn, credential: Credential) -> object:
    return {"iceServers": offer.servers(mode, turn, credential)}


def metered(mode: str, turn: Turn, credential: Credential) -> object:
    return _singly(mode, turn, credential)


def _singly(mode: str, turn: Turn, credential: Credential) -> list[dict[str, str]]:
    secret = {"username": credential.username, "credential": credential.password}
    return [
        *({"urls": url} for url in offer.stun(turn, mode)),
        *({"urls": url, **secret} for url in offer.relays(turn, mode)),
    ]


def _rfc2822(at_s: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_s, UTC))


FORMATS: dict[str, tuple[int, Form]] = {
    "w3c": (OK, w3c),
    "uberti": (OK, uberti),
    "twilio": (CREATED, twilio),
    "cloudflare": (CREATED, cloudflare),
    "metered": (OK, metered),
}
