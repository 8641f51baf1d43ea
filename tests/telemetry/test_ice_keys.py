"""A key of /-/ice that is no more is hidden by its place, however the path is spelled."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from sigproxy.semantics.authority import Authority
from sigproxy.telemetry.shown import LONGEST, shown
from tests.telemetry.test_redaction import KEYS, OLD, exchange
from tests.timing import quickest

WORDS = "old-key-without-a-number"

with_or_without_keys = pytest.mark.parametrize("keys", [NO_KEYS, KEYS], ids=["no keys", "keys"])


@with_or_without_keys
@pytest.mark.parametrize("key", [OLD, WORDS, "%6Fld-key-of-2025"])
@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("/-/ice/KEY", "/-/ice/-"),
        ("/-/ice/KEY/more", "/-/ice/-"),
        ("/-/ice/KEY?sdk=x", "/-/ice/-?sdk=-"),
        ("//-//ice//KEY", "//-//ice//-"),
        ("/-/ice%2fKEY", "/-/ice%2f-"),
        ("/-/ice%252FKEY", "/-/ice%252F-"),
        ("/-%2Fice%2FKEY", "/-%2Fice%2F-"),
        ("/%2D/%69ce/KEY", "/%2D/%69ce/-"),
        ("/-/./ice/KEY", "/-/./ice/-"),
        ("/-/%2e/ice/./KEY", "/-/%2e/ice/-"),
        ("/-/ICE/KEY", "/-/ICE/-"),
        ("/-/Ice\\KEY", "/-/Ice\\-"),
        ("\\-\\ice\\KEY", "\\-\\ice\\-"),
        ("/-/ice;KEY", "/-/ice-"),
        ("/-/ice%3fKEY", "/-/ice-"),
        ("/-/ice/KEY.", "/-/ice/-"),
        ("/-/ice/KEY:443", "/-/ice/-"),
        ("/-/ice/'KEY", "/-/ice/-"),
        ("/a/-/ice/KEY", "/a/-/ice/-"),
        ("/gw.example/-/ice/KEY", "/gw.example/-/ice/-"),
        ("/gw.example:443/-/ice/KEY", "/gw.example:443/-/ice/-"),
        ("https://gw.example/-/ice/KEY", "https://gw.example/-/ice/-"),
    ],
)
def test_all_behind_the_page_is_hidden_wherever_the_page_is_named(
    keys: KeyIndex, spelled: str, expected: str, key: str
) -> None:
    url = spelled.replace("KEY", key)
    refused = exchange(url, Referer=url, **{"User-Agent": f"App (+{url.replace(chr(39), '')})"})
    refused.error, refused.detail = "bad_target", f"{url.lstrip('/')!r} is not a host"
    sent_on = replace(
        refused, route="/", upstream=Authority("up.example.com"), error=None, detail=None
    )
    sent_on.upstream_path = f"/base{url}".encode()
    for seen in (refused, sent_on):
        texts = shown(seen, keys)
        assert texts.target == expected
        assert texts.referer == expected.partition("?")[0]
        for text in (texts.user_agent, texts.upstream_path or "", texts.detail or ""):
            assert key not in text


@with_or_without_keys
@pytest.mark.parametrize("key", [OLD, WORDS, "%6Fld-key-of-2025"])
@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("/-/icee/KEY", "/-/icee/-"),
        ("/-/iceKEY", "/-/-"),
        ("/-/ice-KEY", "/-/-"),
        ("/-/KEY", "/-/-"),
        ("/-/KEY.x/KEY", "/-/-.x/-"),
        ("/-ice/KEY", "/-ice/-"),
        ("/ice/KEY", "/ice/-"),
        ("/_/ice/KEY?KEY", "/_/ice/-?-"),
        ("/-/ice?KEY=1&sdk=KEY", "/-/ice?-=-&sdk=-"),
        ("/-/live/KEY", "/-/live/-"),
        ("https://gw.example/-/turn/KEY", "https://gw.example/-/turn/-"),
    ],
)
def test_a_slip_in_the_page_of_a_refused_request(
    keys: KeyIndex, spelled: str, expected: str, key: str
) -> None:
    seen = exchange(spelled.replace("KEY", key), Referer=f"https://gw.example/x/{key}")
    seen.error, seen.detail = "no_route", f"'ice{key}' and {key} are none"
    texts = shown(seen, keys)
    assert texts.target == expected
    assert key not in texts.referer + (texts.detail or "")


@pytest.mark.parametrize(
    "target",
    [
        "/gitlab.example.com/group/project/-/merge_requests/1",
        "/gitlab.example.com/group/project/-/icebergs/merge_requests",
        "/a.example.com/ice/configuration",
        "/-/ready",
        "/-/ice?sdk=-",
        "/",
    ],
)
def test_what_has_no_key_behind_it_stays_readable(target: str) -> None:
    seen = exchange(target)
    seen.upstream = None if target.startswith("/-/") else Authority("gitlab.example.com")
    assert shown(seen).target == target


def test_a_host_that_a_prefix_is_missing_before_stays_readable() -> None:
    seen = exchange("/ice.example.com/configuration")
    seen.error = "no_route"
    assert shown(seen).target == "/ice.example.com/configuration"


def test_a_key_at_the_end_of_what_is_shown_is_not_shown_in_part() -> None:
    for before in range(LONGEST - 40, LONGEST, 3):
        seen = exchange("/" + "x/" * (before // 2) + f"-/ice/{OLD}")
        assert "old" not in shown(seen).target


SLASHES = st.sampled_from(["/", "//", "\\", "%2f", "%2F", "%5c", "%252f", "/./", "/%2E/"])
LETTERS = st.tuples(*(st.sampled_from([a, a.upper(), f"%{ord(a):x}"]) for a in "ice"))
DASH = st.sampled_from(["-", "%2d", "%2D", "%252d"])
FRONT = st.sampled_from(["", "/a", "/gw.example", "https://gw.example", "/acs/-", "/a%2fb"])


@given(FRONT, SLASHES, DASH, SLASHES, LETTERS.map("".join), SLASHES, st.booleans())
def test_law_no_spelling_shows_it(
    front: str, a: str, dash: str, b: str, ice: str, c: str, is_sent_on: bool
) -> None:
    url = f"{front}{a}{dash}{b}{ice}{c}{OLD}"
    seen = exchange(url, Referer=url, **{"User-Agent": url, "X-Request-Id": url})
    seen.detail = f"{url!r} is none"
    seen.upstream = Authority("up.example.com") if is_sent_on else None
    seen.upstream_path = url.encode()
    texts = shown(seen)
    assert texts.traces
    assert OLD not in str(texts)


@pytest.mark.parametrize("hostile", ["/-", "/-/.", "/-/ice", "%25", "-%2f", "-/i", "/ice/;"])
def test_no_text_takes_long(hostile: str) -> None:
    seen = exchange(hostile * (16_000 // len(hostile)))
    seen.error = "no_route"
    assert quickest(lambda: shown(seen), 3) < 0.25
