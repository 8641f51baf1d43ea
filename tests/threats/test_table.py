"""The threat model: each of its rows has a test here, named by number and name.

`pytest -v tests/threats` reads as the table. What a test sends and expects is in the test.
Neighbouring cases are where the part is tested that withstands them: tests/gateway, policies,
semantics.
"""

import re
from pathlib import Path

import pytest

THREATS = {
    1: "open_proxy",
    2: "host_syntax",
    3: "ssrf_to_private_names",
    4: "dns_rebinding",
    5: "ipv4_inside_ipv6",
    6: "redirect_to_the_inside",
    7: "credentials_across_origins",
    8: "shared_cookie_jar",
    9: "cookies_across_vendors",
    10: "pages_in_our_origin",
    11: "header_injection",
    12: "request_smuggling",
    13: "upgrade_smuggling",
    14: "hop_by_hop_abuse",
    15: "cross_site_websocket_hijacking",
    16: "cors_with_credentials",
    17: "forged_client_address",
    18: "slow_head",
    19: "slow_body_and_slow_reader",
    20: "unbounded_bodies",
    21: "decompression_bomb",
    22: "connection_exhaustion",
    23: "upstream_tls",
    24: "downstream_tls",
    25: "host_header",
    26: "methods_and_forms",
    27: "loops",
    28: "amplification",
    29: "drain_storm",
    30: "log_injection",
    31: "secrets_in_logs",
    32: "path_confusion",
    33: "error_bodies",
    34: "worker_stall",
}

TESTS = [
    name
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path != Path(__file__)
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
]


def rows_of(test: str) -> list[int]:
    """Return the number of the row that *test* is named after, if there is one."""
    return [n for n, name in THREATS.items() if f"{test}_".startswith(f"test_{n:02}_{name}_")]


def test_no_row_is_missing() -> None:
    assert list(THREATS) == list(range(1, 35))


@pytest.mark.parametrize("row", THREATS, ids=lambda row: f"{row:02} {THREATS[row]}")
def test_a_threat_has_its_test(row: int) -> None:
    assert [test for test in TESTS if rows_of(test) == [row]]


@pytest.mark.parametrize("test", TESTS)
def test_a_test_names_its_threat(test: str) -> None:
    assert rows_of(test)
