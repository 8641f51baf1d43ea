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

from tests.network.cases import CASES, FLAT, SEVERAL, WELL

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "sigproxy" / "network" / "static"
SCRIPTS = ("texts.js", "findings.js", "plan.js", "verdict.js", "report.js")

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed: apt-get install nodejs"
)


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


def test_the_first_sentence_and_the_second_agree() -> None:
    """Nobody reads that calls fail and, below it, that all is in order."""
    for (token, *_), verdict in zip(FLAT, judged()["verdicts"], strict=False):
        first, second = verdict["headline"], verdict["modeText"]
        if verdict["state"] == "fail" and verdict["mode"] and verdict["mode"]["name"]:
            assert "once the rest is mended" in second, token
        if token == "test_failed":
            assert "fail" not in first
        if token in ("key_refused", "not_a_gateway") and not verdict["mode"]:
            assert first == "The test could not begin: see why below."


def test_the_report_has_the_figures_of_media_and_the_fingerprint() -> None:
    report = judged()["verdicts"][0]["report"]
    assert report.splitlines()[-6:] == [
        "Round trips of media over UDP: half of them below: 10.0 ms; "
        "95 % of them below: 20.0 ms; jitter: 1.0 ms; packets lost: 0.0 %; "
        "arrived, of 2 Mbit/s sent: 2000 kbit/s",
        "Round trips of media over TLS: half of them below: 10.0 ms; "
        "95 % of them below: 20.0 ms; jitter: 1.0 ms; packets lost: 0.0 %; "
        "arrived, of 2 Mbit/s sent: 2000 kbit/s",
        "",
        "SHA-256 fingerprint of the certificate that the gateway serves: AA:BB",
        "",
        "a browser",
    ]
