"""No access key is ever written, right or wrong, and no password, in any field of a line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from sigproxy.semantics.authority import Authority
from sigproxy.telemetry.access_log import AccessLog
from sigproxy.telemetry.shown import LONGEST, shown
from tests.timing import quickest

KEY, OLD = "5d41402abc4b2a76", "old-key-of-2025"
LONG = "8f14e45fceea167a5a36dedd4bea2543" * 2  # openssl rand -hex 32
KEYS = KeyIndex([KEY, LONG])


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


def target_of(seen: Exchange) -> str:
    return shown(seen, KEYS).target


@pytest.mark.parametrize(
    ("target", "key", "expected"),
    [
        (f"/acs/{KEY}/a.example.com/x?y", KEY, "/acs/-/a.example.com/x?-"),
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
    assert target_of(exchange(target, key)) == expected


def test_a_key_in_a_request_that_no_keyed_route_took() -> None:
    """The prefix was misspelled: the line says 404 and still no key."""
    assert target_of(exchange(f"/asc/{KEY}/a.example.com/x")) == "/asc/-/a.example.com/x"


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
    assert target_of(seen) == (expected or target)


def test_a_detail_may_quote_bytes_that_are_no_text() -> None:
    seen = exchange(f"/{KEY}/a.example.com/x", KEY)
    seen.detail = f"malformed: \udcff {KEY} \ud83d"
    assert shown(seen, KEYS).detail == "malformed: \udcff - \ud83d"


@given(st.lists(st.sampled_from([KEY, "a.example.com", "", "x", f"{KEY}x"]), max_size=6))
def test_law_no_key_is_left(segments: list[str]) -> None:
    assert KEY not in target_of(exchange("/" + "/".join(segments), KEY))


@pytest.mark.parametrize("written", [KEY, KEY.upper(), f"%35{KEY[1:]}", f"x{KEY}", f"{KEY}x"])
@pytest.mark.parametrize("style", ["combined", "json"])
def test_a_key_is_hidden_however_it_is_written(style: str, written: str) -> None:
    seen = exchange(
        f"/{written}.example.com/{written}?{written}=1",
        Referer=f"https://gw.example/{written}/page",
        **{"User-Agent": f"App {written}"},
    )
    seen.method = written
    seen.route = "/"
    seen.upstream = Authority(f"{written.lower()}.example.com", 8443)
    seen.upstream_path = f"/base/{written}".encode()
    seen.detail = f"{written} is not among this route's targets"
    lines: list[object] = []
    AccessLog(lines.append, "json" if style == "json" else "combined", KEYS).ended(seen)
    line = str(lines[0])
    assert KEY[1:] not in line.lower()
    assert ".example.com:8443" in line
    assert "is not among this route's targets" in line


@pytest.mark.parametrize("quoted", [60, 80, 20])
def test_a_key_that_a_detail_quotes_in_part_is_hidden(quoted: int) -> None:
    seen = exchange(f"/{LONG}/x")
    seen.detail = f"{LONG[:quoted]!r} is not a host"
    assert shown(seen, KEYS).detail == "'-' is not a host"


@pytest.mark.parametrize("before", range(LONGEST - len(LONG) - 2, LONGEST, 7))
def test_a_key_at_the_end_of_what_is_shown_is_not_shown_in_part(before: int) -> None:
    long = "/" + "x/" * (before // 2) + LONG
    seen = exchange(long + "/more", Referer=long, **{"User-Agent": long})
    seen.upstream, seen.upstream_path = Authority("a.example.com"), long.encode()
    texts = shown(seen, KEYS)
    for text in (texts.target, texts.referer, texts.user_agent, texts.upstream_path):
        assert LONG[:8] not in (text or "")


# --- passwords ---------------------------------------------------------------------------------

PASSWORD = "hunter2"


@pytest.mark.parametrize("keys", [NO_KEYS, KEYS], ids=["no keys", "keys"])
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("HTTPS://u:hunter2@g/x", "HTTPS://-@g/x"),
        ("http://hunter2@g:443/x?y=1", "http://-@g:443/x?y=-"),
        ("wss:/u:hunter2@g/", "wss:/-@g/"),
        ("//u:hunter2@g/x", "//-@g/x"),
        ("u:hunter2@g:443", "-@g:443"),
        ("https:u:hunter2@g/", "-@g/"),
        ("http:\\\\u:hunter2@g/", "http:\\\\-@g/"),
        ("/u:hunter2@a.example.com/x", "/-@a.example.com/x"),
        ("/acs/u:hunter2@a.example.com/x", "/acs/-@a.example.com/x"),
        ("/acs/hunter2@a.example.com/x", "/acs/-@a.example.com/x"),
        ("/acs/u:hunter2%40a.example.com/x", "/acs/-@a.example.com/x"),
        ("/acs/HTTPS://u:p@hunter2@a.example.com/x", "/acs/HTTPS://-@a.example.com/x"),
        ("/x?HTTPS://u:hunter2@g/=1", "/x?HTTPS://-@g/=-"),
        ("/npm/@scope/package", "/npm/@scope/package"),
    ],
)
def test_a_password_in_what_was_refused(target: str, expected: str, keys: KeyIndex) -> None:
    seen = exchange(target)
    seen.route, seen.error = "/", "bad_target"
    assert shown(seen, keys).target == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a.example.com/19:meeting_x@thread.v2/messages", None),
        ("/a.example.com/users/jane@example.com", None),
        ("/a.example.com/@me", None),
        (
            "/a.example.com/go/Https://u:hunter2@b.example/x",
            "/a.example.com/go/Https://-@b.example/x",
        ),
        (
            "/a.example.com/go/https%3A%2F%2Fu%3Ahunter2%40b.example%2Fx",
            "/a.example.com/go/https%3A%2F%2F-@b.example%2Fx",
        ),
    ],
)
def test_what_a_vendor_is_sent_stays_readable(target: str, expected: str | None) -> None:
    seen = exchange(target)
    seen.upstream = Authority("a.example.com")
    assert shown(seen).target == (expected or target)


def test_a_password_in_a_field_or_a_quotation() -> None:
    seen = exchange(
        "/x",
        Referer="HTTPS://u:hunter2@app.example/go/https://v:hunter2@b.example/?x",
        **{"User-Agent": "bot (+Https://u:hunter2@bot.example/)"},
    )
    seen.detail = "'u:hunter2@gateway' is not a host; https://hunter2@b.example/ is none either"
    texts = shown(seen)
    assert texts.referer == "HTTPS://-@app.example/go/https://-@b.example/"
    assert texts.user_agent == "bot (+Https://-@bot.example/)"
    assert texts.detail == "'-@gateway' is not a host; https://-@b.example/ is none either"


def test_a_password_before_the_cut_is_hidden_where_its_end_is_behind_it() -> None:
    seen = exchange(f"https://u:{PASSWORD * 300}@g/")
    assert PASSWORD not in shown(seen).target


@pytest.mark.parametrize("hostile", ["@" + "a" * 16_000, "a" * 16_000 + "/@", "//" * 8_000 + "@x"])
def test_no_text_takes_long(hostile: str) -> None:
    seen = exchange("/" + hostile)
    assert quickest(lambda: shown(seen, KEYS), 3) < 0.25
