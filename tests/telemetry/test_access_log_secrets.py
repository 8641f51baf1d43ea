"""No secret of a request is in any line of the access log, and no value ends one."""

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sigproxy.exchange import Exchange
from sigproxy.telemetry.access_log import as_combined
from sigproxy.telemetry.shown import shown_target
from tests.telemetry.test_access_log import FIELDS, SEEN, lines, parsed


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        pytest.param(b'a"b', r"a\x22b", id="quote"),
        pytest.param(b"a\\b", r"a\x5Cb", id="backslash"),
        pytest.param(b"a\r\nb", r"a\x0D\x0Ab", id="CR-LF"),
        pytest.param(b"a\tb", r"a\x09b", id="tab"),
        pytest.param(b"a\0b\x7f", r"a\x00b\x7F", id="NUL-and-DEL"),
        pytest.param(b"\x1b[31m", r"\x1B[31m", id="terminal-escape"),
        pytest.param("é\u2028".encode(), r"\xC3\xA9\xE2\x80\xA8", id="UTF-8"),
        pytest.param(b"\x85\xff", r"\x85\xFF", id="not-UTF-8"),
        pytest.param(b"a b'c{}%s%n", "a b'c{}%s%n", id="harmless"),
    ],
)
def test_what_could_end_a_value_or_a_line_is_escaped(raw: bytes, escaped: str) -> None:
    fields = ((b"User-Agent", raw), (b"Referer", raw))
    hostile = replace(SEEN, request_target=b"/" + raw, fields=fields)
    combined, as_json_ = lines(hostile)
    head, _ = parsed(combined)
    assert head["user_agent"] == head["referer"] == escaped
    assert head["request"] == f"POST /{escaped} HTTP/1.1"
    record = json.loads(as_json_)  # which has an escape of its own
    assert record["user_agent"] == record["referer"] == raw.decode("latin-1")
    assert record["path"] == "/" + raw.decode("latin-1")
    assert as_json_.isascii()


@pytest.mark.parametrize(
    ("referer", "shown"),
    [
        (b"https://app.example/room?ticket=1", "https://app.example/room"),
        (b"https://app.example/room#access_token=1", "https://app.example/room"),
        (b"https://app.example/?", "https://app.example/"),
        (b"https://u:secret@app.example/room", "https://-@app.example/room"),
        (b"", "-"),
        (b"?x", ""),
    ],
)
def test_a_referer_loses_its_query_and_fragment(referer: bytes, shown: str) -> None:
    head, _ = parsed(as_combined("request", replace(SEEN, fields=((b"Referer", referer),))))
    assert head["referer"] == shown


@pytest.mark.parametrize(
    ("request_target", "shown"),
    [
        (b"/a.example.com/x", "/a.example.com/x"),
        (b"/a.example.com/x?", "/a.example.com/x?"),
        (b"/a.example.com?apiKey=k&v=1", "/a.example.com?apiKey=-&v=-"),
        (b"/ap/?url=a.example.com/x?v=2&action=y", "/ap/?url=-&action=-"),
        (b"/a.example.com/x=1;y=2?z=3", "/a.example.com/x=1;y=2?z=-"),
        (b"/a.example.com/?tc=%7B%22cv%22:%221%22%7D&ccid=", "/a.example.com/?tc=-&ccid=-"),
        (b"/a.example.com/x?t=a=b==&&c=", "/a.example.com/x?t=-&&c=-"),
        (b"*", "*"),
    ],
)
def test_query_names_are_kept_without_their_values(request_target: bytes, shown: str) -> None:
    assert shown_target(request_target) == shown


def test_a_long_value_is_cut_and_its_secrets_with_it() -> None:
    long = b"x" * 100_000
    hostile = replace(
        SEEN,
        request_target=b"/" + long + b"?token=hunter2",
        fields=((b"User-Agent", long), (b"Referer", long)),
        detail="x" * 100_000,
        error="bad_request",
    )
    for line in lines(hostile):
        assert len(line) < 6_000
        assert "hunter2" not in line
    assert len(shown_target(b"/?a=" + long + b"&" + long)) <= 1024


PLACES = {
    "query value": "/a.example.com/x?token={}",
    "query value in the middle": "/a.example.com/x?a=1&token={}&b=2",
    "query value with equals": "/a.example.com/x?token=a={}==",
    "query value in JSON": "/a.example.com/?tc=%7B%22cv%22:%22{}%22,%22v%22:%221%22%7D",
    "query value behind a semicolon": "/a.example.com/x?token=a;{}",
    "query value behind a question mark": "/ap/?url=a.example.com/x?v={}",
    "query value behind a slash": "/a.example.com/x?u=https://b/c/{}/d",
    "query value behind an escape": "/a.example.com/x?token=%26{}",
    "query without a name": "/a.example.com/x?{}",
    "second part of a query without a name": "/a.example.com/x?a=1&{}",
    "query of an absolute-form": "http://proxy.example.org/x?token={}",
    "query behind the host": "/a.example.com?token={}",
    "fragment": "/a.example.com/x#token={}",
}
NAMES = [
    *("Authorization", "Proxy-Authorization", "Cookie", "X-SkypeToken", "Sec-WebSocket-Protocol"),
    *("Sec-WebSocket-Key", "X-OpenTok-Auth", "apikey", "Origin", "X-Forwarded-For", "Host"),
]
SECRETS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=8)


def never_in_a_line(secret: str, planted: Exchange, clean: Exchange) -> None:
    for event in ("request", "open", "close"):
        for line, reference in zip(lines(planted, event), lines(clean, event), strict=True):
            assume(secret not in reference)  # "00000000" may be in any log
            assert secret not in line


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@settings(max_examples=20)
@given(secret=SECRETS)
def test_law_no_secret_of_a_request_target_is_in_any_line(place: str, secret: str) -> None:
    target = place.format(secret).encode()
    never_in_a_line(secret, replace(SEEN, request_target=target), SEEN)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20)
@given(secret=SECRETS)
def test_law_no_secret_of_a_field_is_in_any_line(name: str, secret: str) -> None:
    fields = (*FIELDS, (name.encode(), f"Bearer {secret}".encode()))
    never_in_a_line(secret, replace(SEEN, fields=fields), SEEN)


@pytest.mark.parametrize("place", ["?ticket={}", "?{}", "#token={}", "?a#{}", "?a=1;{}"])
@settings(max_examples=20)
@given(secret=SECRETS)
def test_law_no_secret_of_a_referer_is_in_any_line(place: str, secret: str) -> None:
    referer = f"https://app.example/room{place.format(secret)}".encode()
    never_in_a_line(secret, replace(SEEN, fields=((b"Referer", referer),)), SEEN)
