"""The page's verdict: a table from results to findings, the way of media, and sentences."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "sigproxy" / "network" / "static"
SCRIPTS = ("texts.js", "verdict.js", "report.js")

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed: apt-get install nodejs"
)

Results = dict[str, Any]


def turn(way: str, state: str = "ok", port: int = 3478, *, probe: bool = False) -> Results:
    return {"way": way, "state": state, "port": port, "host": "turn.example", "probe": probe}


def media(way: str, state: str = "ok", **figures: float) -> Results:
    usual = {"loss": 0.0, "p50": 10.0, "p95": 20.0, "jitter": 1.0, "kbit": 2000.0}
    return {"way": way, "state": state, **(usual | figures if state == "ok" else {})}


def refused(token: str, status: int = 403) -> Results:
    return {"state": "failed", "error": {"token": token, "detail": "the detail", "status": status}}


WELL: Results = {
    "gateway": "gw.example",
    "port": 443,
    "origin": "https://gw.example",
    "plan": {"state": "ok", "skew": 0.4},
    "preflight": {"state": "ok"},
    "websocket": {"state": "ok"},
    "idle": {"state": "ok", "seconds": 20},
    "vendors": [{"host": "a.example", "state": "ok"}],
    "ice": {"state": "ok"},
    "turn": [turn("udp"), turn("tcp", "refused", probe=True), turn("tls", port=443)],
    "media": [media("udp"), media("tls")],
    "modes": ["auto", "udp", "tls"],
    "turnServer": "reachable",
}
TLS_ONLY = {"media": [media("tls")]}
NO_UDP = [turn("udp", "silent"), turn("tcp", "refused", probe=True), turn("tls", port=443)]
NO_WAY = [turn("udp", "silent"), turn("tcp", "refused", probe=True), turn("tls", "refused", 443)]

# What is found -> what differs from all being well, the level, and the mode to use.
CASES: dict[str, list[tuple[Results, str, str | None]]] = {
    "all_well": [
        ({}, "ok", "auto"),
        ({"plan": {"state": "ok", "skew": -59.0}}, "ok", "auto"),
        ({"vendors": []}, "ok", "auto"),
        ({"ice": None, "turn": [], "media": [], "modes": []}, "ok", None),
        ({"modes": ["udp"], "turn": [turn("udp")], "media": [media("udp")]}, "ok", "udp"),
        ({"modes": ["tls"], "turn": [turn("tls", port=443)], **TLS_ONLY}, "ok", "tls"),
        ({"modes": ["auto"], "turn": [turn("tls", port=443)], **TLS_ONLY}, "ok", "auto"),
        ({"turn": [turn("tcp", port=80)], "media": [media("tcp")]}, "ok", "auto"),
        # TURN that is not on the gateway's own port
        ({"turnServer": None}, "ok", "auto"),
    ],
    "gateway_unreachable": [({"plan": {"state": "failed", "error": None}}, "fail", None)],
    "gateway_error": [({"plan": refused("overloaded", 503)}, "fail", None)],
    "key_refused": [({"plan": refused("key_refused")}, "fail", None)],
    "origin_refused": [
        ({"plan": refused("origin_refused")}, "fail", None),
        ({"websocket": {"state": "failed", "http": refused("origin_refused")}}, "fail", "auto"),
    ],
    "too_many_network_tests": [({"plan": refused("too_many_network_tests", 429)}, "fail", None)],
    "too_many_websockets": [
        ({"websocket": {"state": "failed", "http": refused("too_many_websockets")}}, "fail", "auto")
    ],
    "too_many_credentials": [
        (
            {"ice": refused("too_many_credentials", 429), "turn": [], "media": []},
            "fail",
            None,
        )
    ],
    "clock_skew": [
        ({"plan": {"state": "ok", "skew": 61.0}}, "warn", "auto"),
        ({"plan": {"state": "ok", "skew": -300.0}}, "warn", "auto"),
        ({"plan": {"state": "ok", "skew": 86400.0}}, "warn", "auto"),
    ],
    "preflight_blocked": [({"preflight": {"state": "failed"}}, "fail", "auto")],
    "websocket_blocked": [
        ({"websocket": {"state": "failed", "http": refused("upgrade_required")}}, "fail", "auto"),
        ({"websocket": {"state": "failed", "http": {"error": None}}}, "fail", "auto"),
        ({"websocket": {"state": "failed", "http": None}}, "fail", "auto"),
        # nothing was held, and so nothing cut
        (
            {
                "websocket": {"state": "failed", "http": None},
                "idle": {"state": "cut", "seconds": 0},
            },
            "fail",
            "auto",
        ),
    ],
    "websocket_idle_cut": [({"idle": {"state": "cut", "seconds": 15}}, "warn", "auto")],
    "vendor_unreachable": [
        (
            {
                "vendors": [
                    {"host": "a.example", "state": "ok"},
                    {
                        "host": "b.example:8443",
                        "state": "failed",
                        "token": "dns_error",
                        "detail": "no such name",
                        "request": "0-1",
                        "status": 502,
                    },
                ]
            },
            "fail",
            "auto",
        )
    ],
    "vendor_error": [
        ({"vendors": [{"host": "a.example", "state": "error", "status": 503}]}, "warn", "auto")
    ],
    "vendor_path_blocked": [
        ({"vendors": [{"host": "a.example", "state": "blocked"}]}, "fail", "auto")
    ],
    "turn_unreachable": [
        ({"turn": NO_WAY, "media": [], "turnServer": "unreachable"}, "fail", None),
        (
            {
                "turn": [turn("udp"), turn("tls", "refused", 443)],
                "media": [media("udp")],
                "turnServer": "unreachable",
            },
            "fail",
            "auto",
        ),
    ],
    "turn_credentials_refused": [
        (
            {"turn": [turn("udp", "credentials"), turn("tls", "credentials", 443)], "media": []},
            "fail",
            None,
        ),
        (
            {"turn": [turn("udp", "silent"), turn("tls", "credentials", 443)], "media": []},
            "fail",
            None,
        ),
    ],
    "udp_blocked": [
        ({"turn": NO_UDP, **TLS_ONLY}, "warn", "tls"),
        ({"turn": NO_UDP, **TLS_ONLY, "modes": ["auto"]}, "warn", "auto"),
        # a port for plain TCP that works is no sign of anything but of that
        (
            {"turn": [turn("udp", "silent"), turn("tcp", port=80), turn("tls", port=443)]}
            | {"media": [media("tcp"), media("tls")]},
            "warn",
            "tls",
        ),
    ],
    "only_443": [
        (
            {"turn": [turn("udp", "silent"), turn("tcp", "silent", probe=True), NO_UDP[2]]}
            | TLS_ONLY,
            "warn",
            "tls",
        )
    ],
    "http_proxy_only": [
        (
            {"turn": [turn("udp", "lookup"), turn("tcp", "refused", probe=True), NO_UDP[2]]}
            | TLS_ONLY,
            "warn",
            "tls",
        )
    ],
    "turn_tls_blocked": [
        (
            {"turn": [turn("udp"), turn("tls", "refused", 443)], "media": [media("udp")]},
            "warn",
            "auto",
        )
    ],
    "media_blocked": [({"turn": NO_WAY, "media": []}, "fail", None)],
    "turn_silent": [({"turn": NO_WAY, "media": [], "turnServer": None}, "fail", None)],
    "media_failed": [({"media": [media("udp", "failed"), media("tls")]}, "fail", "tls")],
    "media_lossy": [({"media": [media("udp", loss=3.2), media("tls")]}, "warn", "auto")],
    "media_slow": [({"media": [media("udp", p95=401.0), media("tls")]}, "warn", "auto")],
    "media_narrow": [({"media": [media("udp", kbit=499.0), media("tls")]}, "warn", "auto")],
}
FLAT = [(token, *case) for token, cases in CASES.items() for case in cases]
SEVERAL: Results = {
    "plan": {"state": "ok", "skew": 300.0},
    "websocket": {"state": "failed", "http": None},
    "turn": NO_UDP,
    "media": [media("tls", loss=10.0)],
}


@lru_cache(maxsize=1)
def judged() -> Mapping[str, Any]:
    """Return what the page makes of every case, in one process of node's."""
    given = [deepcopy(WELL) | changes for _, changes, _, _ in FLAT] + [WELL | SEVERAL]
    done = subprocess.run(
        ["node", str(HERE / "verdicts.js"), str(STATIC), *SCRIPTS],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("number", range(len(FLAT)), ids=[token for token, *_ in FLAT])
def test_each_finding_alone(number: int) -> None:
    token, _, level, mode = FLAT[number]
    verdict = judged()["verdicts"][number]
    assert [each["token"] for each in verdict["findings"]] == [token]
    assert verdict["state"] == level
    assert (verdict["mode"] or {}).get("name") == mode


def test_several_at_once_and_the_worst_decides() -> None:
    verdict = judged()["verdicts"][-1]
    assert [each["token"] for each in verdict["findings"]] == [
        "clock_skew",
        "websocket_blocked",
        "udp_blocked",
        "media_lossy",
    ]
    assert verdict["state"] == "fail"


def test_each_finding_that_has_a_text_is_found_somewhere() -> None:
    assert sorted(judged()["tokens"]) == sorted(filter(None, CASES))


@pytest.mark.parametrize("number", range(len(FLAT)), ids=[token for token, *_ in FLAT])
def test_a_finding_says_what_it_is_and_what_to_do(number: int) -> None:
    verdict = judged()["verdicts"][number]
    for text in verdict["texts"]:
        said = [text[name] for name in ("title", "text", "rule", "remedy") if name in text]
        assert not [each for each in said if re.search(r"\{|undefined|null|NaN", each)]
        assert FLAT[number][0] == "all_well" or ("rule" in text) != ("remedy" in text)
    assert "{" not in verdict["modeText"]


def test_a_firewalls_owner_reads_name_and_port() -> None:
    rules = {
        token: judged()["verdicts"][number]["texts"][0].get("rule", "")
        for number, (token, *_) in enumerate(FLAT)
    }
    for token in ("udp_blocked", "only_443"):
        assert rules[token] == (
            "Allow UDP from clients to turn.example, port 3478, and its answers."
        )
    assert "wss://gw.example" in rules["websocket_blocked"]
    assert "TCP 443 to turn.example" in rules["turn_tls_blocked"]


def test_the_document_has_each_finding() -> None:
    page = (STATIC.parents[2] / "docs" / "network-test.md").read_text()
    assert [token for token in judged()["tokens"] if f"`{token}`" not in page] == []


def test_the_clock_is_said_as_people_say_it() -> None:
    titles = [
        judged()["verdicts"][number]["texts"][0]["title"]
        for number, (token, *_) in enumerate(FLAT)
        if token == "clock_skew"
    ]
    assert titles == [
        "This computer's clock is 61 seconds slow",
        "This computer's clock is 5 minutes fast",
        "This computer's clock is 24 hours slow",
    ]
