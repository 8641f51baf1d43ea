"""socket.io-client and ws, as npm has them: what their users' apps do, through a gateway."""

import json
import os
import subprocess

from benchmarks import places
from tests.conformance import tools
from tests.conformance.network import Gateway

LIMIT_S = 120.0
CHECKS = 17

Outcomes = dict[str, bool | str]  # True, or why not


def play(gateway: Gateway) -> Outcomes:
    host, port = gateway.address
    base = f"{places.PROXY_NAME}:{port}"
    options = {
        "address": host,
        "echo": f"wss://{base}{places.target(places.ECHO_PORT, '/ws')}",
        "socketio": f"https://{base}{places.target(places.FAR_PORT, '')}",
    }
    done = subprocess.run(
        [*tools.node("clients.js"), json.dumps(options)],
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(gateway.ca), "NODE_NO_WARNINGS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    outcomes: Outcomes = json.loads(done.stdout)
    return outcomes
