"""The values of labels: from a short list, and each there before it is counted."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.mmap_dict import mmap_key

from docs_tools.errors import below
from sigproxy import errors
from sigproxy.exchange import UNSENT
from sigproxy.telemetry import labels, workers
from sigproxy.telemetry.labels import close_code, status_code

ROUTE = "/acs"
# Nothing of these classes is raised, but of those below them.
NEVER_SENT = {"refused", "too_many"}
ON_THE_SHARED_PORT = {"not_stun", "turn_unreachable"}

STATUS = re.compile(r"[1-5]\d\d|[2-5]xx|other")
CLOSE = re.compile(r"10(0\d|1[0-5])|[34]xxx|other|none")


@given(st.integers(0, 999), st.none() | st.integers(0, 65535))
def test_labels_are_from_a_short_list(status: int, code: int | None) -> None:
    assert STATUS.fullmatch(status_code(status))
    assert CLOSE.fullmatch(close_code(code))


def test_there_are_few_labels_whatever_an_upstream_sends() -> None:
    assert len({status_code(status) for status in range(1000)}) < 80
    assert len({close_code(code) for code in range(65536)}) == 19
    folded = [status_code(status) for status in (299, 499, 520, 599, 199, 999, 99)]
    assert folded == ["2xx", "4xx", "5xx", "5xx", "other", "other", "other"]
    assert [close_code(code) for code in (999, 1016, 2999, 5000)] == ["other"] * 4


def tokens_of(route: str) -> dict[str, set[str]]:
    """Return the codes that each error has from the start on *route*."""
    found: dict[str, set[str]] = {}
    for name, code, token in labels.exchanges([ROUTE]):
        if name == route:
            found.setdefault(token, set()).add(code)
    return found


@pytest.mark.parametrize("error", sorted(set(below(errors.GatewayError)), key=str))
def test_every_error_is_there_from_the_start(error: type[errors.GatewayError]) -> None:
    if error.token in NEVER_SENT:
        return
    if error.token in ON_THE_SHARED_PORT:
        assert error.token in labels.turn_ends()
        return
    found = [tokens_of(route).get(error.token, set()) for route in ("", ROUTE)]
    assert str(error.status) in found[0] | found[1]


def test_so_is_each_that_only_the_log_has() -> None:
    assert {*UNSENT} <= {*tokens_of(ROUTE), *labels.turn_ends()}


def test_vendors_failures_are_there_from_the_start() -> None:
    assert {"101", "200", "401", "429", "500", "503", "504"} <= tokens_of(ROUTE)[""]


def test_their_number_is_bounded() -> None:
    routes = [f"/{number}" for number in range(1000)]
    fixed, one, all_ = (len([*labels.exchanges(names)]) for names in ([], routes[:1], routes))
    assert one - fixed < 80
    assert all_ == fixed + labels.MOST_ROUTES * (one - fixed)
    assert [*labels.exchanges(routes)] == [*dict.fromkeys(labels.exchanges(routes))]


def test_there_is_room_for_them_in_a_workers_file() -> None:
    """And for what else is counted: closes, refusals, codes that only some vendors send."""
    names = ["route", "code", "error"]
    text = "Exchanges that have ended: requests with a response, closed WebSockets."
    for count in (1, 10, labels.MOST_ROUTES):
        routes = [f"/a-prefix-as-long-as-any/{number}" for number in range(count)]
        used = sum(
            len(mmap_key("sigproxy_exchanges", "sigproxy_exchanges_total", names, [*each], text))
            + 32
            for each in labels.exchanges(routes)
        )
        assert used + 40_000 < workers.room_bytes("counter", count)
