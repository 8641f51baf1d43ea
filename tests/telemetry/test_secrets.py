"""No access key is ever written: the route's own, a refused one, in any field of a line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.exchange import Exchange
from sigproxy.telemetry.access_log import AccessLog
from sigproxy.telemetry.secrets import without_keys

KEY, OLD = "5d41402abc4b2a76", "old-key-of-2025"
KEYS = frozenset({KEY.encode()})


def exchange(target: str, key: str | None = None, **more: str) -> Exchange:
    return Exchange(
        id="1",
        started_at=0.0,
        started_s=0.0,
        peer="192.0.2.1",
        method="GET",
        request_target=target.encode(),
        key=None if key is None else key.encode(),
        fields=tuple((name.encode(), value.encode()) for name, value in more.items()),
    )


def shown(seen: Exchange) -> str:
    return without_keys(seen, KEYS).request_target.decode()


@pytest.mark.parametrize(
    ("target", "key", "expected"),
    [
        (f"/acs/{KEY}/a.example.com/x?y", KEY, "/acs/-/a.example.com/x?y"),
        (f"/{KEY}/gw.example/{KEY}/a.example.com", KEY, "/-/gw.example/-/a.example.com"),
        (f"/{KEY}", KEY, "/-"),
        (f"/{KEY}?x={KEY}", KEY, "/-?x=-"),
        (f"/{KEY}%2F{KEY}/x", None, "/-%2F-/x"),
        (f"/{OLD}/a.example.com/x", OLD, "/-/a.example.com/x"),
        ("/%6Fld-key/a.example.com/x", "%6Fld-key", "/-/a.example.com/x"),
        ("/a.example.com/x", "a.example.com", "/a.example.com/x"),
        ("/a.example.com/x", None, "/a.example.com/x"),
        ("/", "", "/"),
        ("//x/y", "x", "//-/y"),
    ],
)
def test_request_targets(target: str, key: str | None, expected: str) -> None:
    assert shown(exchange(target, key)) == expected


def test_a_key_in_a_request_that_no_keyed_route_took() -> None:
    """The prefix was misspelled: the line says 404 and still no key."""
    assert shown(exchange(f"/asc/{KEY}/a.example.com/x")) == "/asc/-/a.example.com/x"


@pytest.mark.parametrize("style", ["combined", "json"])
def test_no_field_of_a_line_has_it(style: str) -> None:
    lines: list[str] = []
    seen = exchange(
        f"/{KEY}/a.example.com/x",
        KEY,
        Referer=f"https://gw.example/{KEY}/c.daily.co/frame.html",
        **{"User-Agent": f"App {KEY}"},
    )
    seen.detail = f"'{KEY}' is not a host"
    seen.upstream_path = f"/base/{KEY}".encode()
    log = AccessLog(lines.append, "json" if style == "json" else "combined", KEYS)
    log.opened(seen)
    log.ended(seen)
    assert len(lines) == 2
    lines = list(map(str, lines))
    assert KEY not in "".join(lines)
    assert KEY not in repr(log)
    assert "c.daily.co/frame.html" in lines[0]
    if style == "json":
        assert json.loads(lines[0])["detail"] == "'-' is not a host"


@pytest.mark.parametrize(
    ("route", "key", "error", "target", "expected"),
    [
        (None, None, "no_route", "/asc/old-key-2025/a.example.com/x", "/asc/-/a.example.com/x"),
        (None, None, "no_route", "/wrong/get-qualityrtc-config", "/wrong/get-qualityrtc-config"),
        ("/watchrtc", None, None, "/watchrtc/get-qualityrtc-config", None),
        ("/watchrtc", None, "origin_refused", "/watchrtc/meeting-12345678", None),
        ("/kwatchrtc", "trace", "key_refused", "/kwatchrtc/trace", "/kwatchrtc/-"),
        (
            "/acs",
            KEY,
            "key_refused",
            f"/acs/{KEY}/gw.example/acs/old-key-2025/a.example.com/x",
            "/acs/-/gw.example/acs/-/a.example.com/x",
        ),
    ],
)
def test_no_more_than_may_be_a_key_is_hidden(
    route: str | None, key: str | None, error: str | None, target: str, expected: str | None
) -> None:
    seen = exchange(target, key)
    seen.route, seen.error = route, error
    assert shown(seen) == (expected or target)


def test_a_detail_may_quote_bytes_that_are_no_text() -> None:
    seen = exchange(f"/{KEY}/a.example.com/x", KEY)
    seen.detail = f"malformed: \udcff {KEY} \ud83d"
    assert without_keys(seen, KEYS).detail == "malformed: \udcff - \ud83d"


def test_without_keys_nothing_is_copied() -> None:
    seen = exchange("/a.example.com/x")
    assert without_keys(seen, frozenset()) is seen


@given(st.lists(st.sampled_from([KEY, "a.example.com", "", "x", f"{KEY}x"]), max_size=6))
def test_law_no_key_is_left(segments: list[str]) -> None:
    assert KEY not in shown(exchange("/" + "/".join(segments), KEY))
