"""One TURN credential, for whoever has the configuration at hand."""

import json
from time import time

from sigproxy.assembly.turn import build_turn
from sigproxy.config import TurnSettings
from sigproxy.gateway.issuer import random_id
from sigproxy.policies.turn import issue


def as_json(settings: TurnSettings) -> str:
    turn = build_turn(settings)
    issued = issue(turn, int(time()), random_id())
    shown = {
        "username": issued.username,
        "password": issued.password,
        "realm": turn.realm,
        "ttl": issued.ttl_s,
        "expires": issued.expires_at,
    }
    return json.dumps(shown, indent=2)
