"""By what a line is found: its time, its id, and the ids that clients sent; health checks."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.key_index import KeyIndex
from sigproxy.semantics.fields import Fields
from sigproxy.telemetry.access_log import AccessLog, as_combined, as_json
from sigproxy.telemetry.shown import LONGEST_TRACE
from tests.telemetry.test_access_log import SEEN, STARTED, lines, parsed

TRACEPARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
IDS = Fields(
    (
        (b"Traceparent", TRACEPARENT),
        (b"X-Request-ID", b"7f3c2a10-9d1e-4c1b-8f5e-0d9a6b1c2e3f"),
        (b"MS-CV", b"h2bIZ2mKkU6Cxvqm.1.7"),
    )
)


def test_the_ids_that_a_client_sent() -> None:
    combined, as_object = lines(replace(SEEN, fields=IDS))
    _, pairs = parsed(combined)
    wanted = {
        "traceparent": TRACEPARENT.decode(),
        "client_request_id": "7f3c2a10-9d1e-4c1b-8f5e-0d9a6b1c2e3f",
        "ms_cv": "h2bIZ2mKkU6Cxvqm.1.7",
    }
    assert {name: pairs[name] for name in wanted} == wanted
    assert {name: json.loads(as_object)[name] for name in wanted} == wanted
    assert f" id=ab12-1f traceparent={TRACEPARENT.decode()} client_request_id=" in combined


def test_a_request_without_ids_has_none() -> None:
    assert "traceparent" not in json.loads(as_json("request", SEEN))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"a" * 500, "a" * LONGEST_TRACE),
        (b'x" error=forged "', "x??error=forged??"),
        (b"a\\b\x1b[2J\xff", "a?b??2J?"),
    ],
)
def test_an_id_is_bounded_and_has_no_unusual_character(sent: bytes, shown: str) -> None:
    _, pairs = parsed(as_combined("request", replace(SEEN, fields=((b"x-request-id", sent),))))
    assert pairs["client_request_id"] == shown
    assert "error" not in pairs


def test_an_access_key_is_hidden_in_an_id_too() -> None:
    key = "5d41402abc4b2a76b9719d911017c592"
    fields = Fields(((b"X-Request-Id", b"/" + key.encode()), (b"MS-CV", key.encode())))
    for line in (as_combined, as_json):
        assert key not in line("request", replace(SEEN, fields=fields), KeyIndex((key,)))


@given(value=st.binary(max_size=300))
def test_law_whatever_the_id_it_is_one_value(value: bytes) -> None:
    combined, as_object = lines(replace(SEEN, fields=((b"MS-CV", value),)))
    _, pairs = parsed(combined)
    assert pairs.get("ms_cv") == json.loads(as_object).get("ms_cv")


@pytest.mark.parametrize(
    ("after_s", "shown"), [(0.0, "05.000Z"), (0.0075, "05.008Z"), (0.9996, "06.000Z")]
)
def test_json_has_milliseconds(after_s: float, shown: str) -> None:
    seen = replace(SEEN, started_at=STARTED + after_s)
    assert json.loads(as_json("request", seen))["time"] == f"2026-11-21T09:20:{shown}"


@pytest.mark.parametrize("wanted", [False, True])
def test_health_checks_have_lines_if_they_are_wanted_or_fail(wanted: bool) -> None:
    written: list[object] = []
    log = AccessLog(written.append, health_checks=wanted)
    check = replace(SEEN, is_health_check=True)
    log.ended(check)
    assert len(written) == wanted
    log.ended(replace(check, error="client_gone"))
    assert len(written) == wanted + 1
