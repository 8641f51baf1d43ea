"""What the page takes for a plan, or for ICE servers, and what is something else's answer."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sigproxy.media.answer import answer
from sigproxy.policies.turn import Credential
from tests.network.samples import FACTS, KEY, PLAN, TURN

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "sigproxy" / "network" / "static" / "plan.js"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed: apt-get install nodejs"
)


def judged(*answers: Any) -> list[list[bool]]:
    done = subprocess.run(
        ["node", str(HERE / "plans.js"), str(SCRIPT)],
        input=json.dumps(answers),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[list[bool]] = json.loads(done.stdout)
    return found


def plan(**changes: Any) -> dict[str, Any]:
    return PLAN.content(b"/-/network", KEY.encode(), FACTS) | changes


def test_the_gateways_own_plan_is_one() -> None:
    bare: dict[str, Any] = {
        "ice": None,
        "stun": None,
        "turn_server": None,
        "certificate": None,
        "vendors": [],
    }
    assert judged(plan(), plan(**bare)) == [[True, False]] * 2


def test_what_is_no_plan() -> None:
    vendor = plan()["vendors"][0]
    changes: list[dict[str, Any]] = [
        {"time": None},
        {"echo": "wss://elsewhere.example/"},
        {"ice": "https://elsewhere.example/"},
        {"stun": "rubbish"},
        {"stun": ["stun:a.example"]},
        {"turn_server": "maybe"},
        {"certificate": "AA:BB"},
        {"vendors": None},
        {"vendors": [None]},
        {"vendors": [vendor | {"method": "DELETE"}]},
        {"vendors": [vendor | {"port": "443"}]},
        {"vendors": [vendor | {"url": "https://elsewhere.example/"}]},
        {"not_tried": [{"route": "/acs"}]},
        {"modes": "auto"},
        {"sdks": {}},
        {"mounts": {"daily": 1}},
    ]
    answers: list[Any] = [{}, [], None, 1, "plan", *(plan(**each) for each in changes)]
    assert judged(*answers) == [[False, False]] * len(answers)


def test_ice_servers_have_a_relay_with_credentials() -> None:
    _, own = answer("webrtc", "auto", None, TURN, Credential("1:a", "secret", 600, 1))
    relay = {"urls": ["turn:a.example"], "username": "u", "credential": "c"}
    others = [
        {"iceServers": []},
        {"iceServers": [{"urls": "stun:a.example"}]},
        {"iceServers": [relay | {"urls": ["rubbish"]}]},
        {"iceServers": [relay, None]},
        {"iceServers": [relay | {"credential": 1}]},
        {},
        None,
    ]
    assert judged(own, *others) == [[False, True], *[[False, False]] * len(others)]
