"""Keys are found however they are written, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from tests.timing import quickest

KEY, LONG, HEX = "AbCdEf1234567890xyzQ", "AbCdEf1234567890xyzQ-and-more", "5d41402abc4b2a76"
KEYS = KeyIndex([KEY, LONG, HEX])
keys = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~-", min_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"/acs/{KEY}/a.example.com", "/acs/-/a.example.com"),
        (f"/{KEY.lower()}:443/{KEY.upper()}.", "/-:443/-."),
        (f"{HEX.upper()}.example.com", "-.example.com"),
        (f"/{LONG}/{KEY}", "/-/-"),
        (f"/x{KEY}y/", "/x-y/"),
        (f"/acs-{KEY}-{HEX}_/", "/acs----_/"),
        (f"/%41{KEY[1:]}/", "/-/"),
        (f"/%2541{KEY[1:]}/", "/-/"),
        ("/" + "".join(f"%{ord(each):02x}" for each in KEY) + "/", "/-/"),
        ("/" + "".join(f"%25{ord(each):02X}" for each in LONG), "/-"),
        (f"https%3A%2F%2Fg%2Facs%2F{KEY}%2Fx", "https%3A%2F%2Fg%2Facs%2F-%2Fx"),
        (f"%{KEY}%zz{KEY}%4", "%-%zz-%4"),
        (f"%{HEX}/%25{HEX}", "%-/%25-"),
        (f"'{KEY}' is not a host", "'-' is not a host"),
        ("", ""),
        ("/communication.microsoft.com/AbCdEf12/x", "/communication.microsoft.com/AbCdEf12/x"),
        (f"/{KEY[:-1]}/{KEY[1:]}", f"/{KEY[:-1]}/{KEY[1:]}"),
        (f"/{KEY[:10]}%2F{KEY[10:]}", f"/{KEY[:10]}%2F{KEY[10:]}"),
    ],
)
def test_what_is_hidden(text: str, expected: str) -> None:
    assert KEYS.hidden_in(text) == expected
    assert NO_KEYS.hidden_in(text) == text


@pytest.mark.parametrize("kept", range(8, len(LONG)))
def test_a_key_that_was_cut_off_is_hidden_where_texts_are_cut(kept: int) -> None:
    cut = f"/x{LONG[:kept]}"
    assert KeyIndex([LONG]).hidden_in(cut, is_cut=True) == "/x-"
    assert KeyIndex([LONG]).hidden_in(cut) == cut


@pytest.mark.parametrize(
    "url",
    [
        b"a.example.com/%b",
        b"a.example.com/acs-%b-x/",
        b"%b.example.com/",
        b"a.example.com/?u=%b",
        b"a.example.com/?u=https%%3A%%2F%%2Fg%%2F%b%%2F",
    ],
)
@pytest.mark.parametrize(
    "key", [KEY, KEY.lower(), HEX.upper(), "%41" + KEY[1:], "%" + HEX, "%25" + HEX]
)
def test_what_is_found_in_a_url(url: bytes, key: str) -> None:
    assert KEYS.is_in(url % key.encode())
    assert not NO_KEYS.is_in(url % key.encode())
    assert not KEYS.is_in(url % key[:-1].encode())


@pytest.mark.parametrize("around", [b"/%b/", b"/?%b", b"/%%2F%b"])
def test_far_behind_a_whole_one_is_found(around: bytes) -> None:
    assert KEYS.is_in(b"a.example.com/" + b"x" * 10_000 + around % KEY.encode())


@pytest.mark.parametrize("text", ["a" * 16_000, "%2525252541" * 1_500, "a/%41b%2541" * 1_500])
def test_a_long_url_keeps_nobody_waiting(text: str) -> None:
    assert quickest(lambda: KEYS.is_in(text.encode()), 5) < 0.05


def test_fields_that_hold_one() -> None:
    key = KEY.encode()
    fields = (
        (b"Referer", b"https://gw.example/acs/" + key + b"/page"),
        (b"X-Original-URL", b"/acs/%41" + key[1:] + b"?x"),
        (b"HX-Current-URL", b"https://gw.example/" + key.upper()),
        (b"User-Agent", b"App/1.0 " + key),
        (b"X-Skypetoken", b"eyJ" + key + b"9"),
        (b"Accept", b"*/*"),
        (b"Authorization", b"Bearer " + key),
        (b"Cookie", b"last=" + key),
    )
    assert KEYS.names(fields) == {b"referer", b"x-original-url", b"hx-current-url", b"user-agent"}
    assert NO_KEYS.names(fields) == frozenset()


def test_no_field_that_frames_a_message_is_lost() -> None:
    """A key may be eight digits, and a length too."""
    fields = ((b"Content-Length", b"12345678"), (b"Content-Type", b"12345678"))
    assert KeyIndex(["12345678"]).names(fields) == frozenset()


def test_it_is_false_without_keys_and_prints_none() -> None:
    assert KEYS
    assert not NO_KEYS
    assert KEY not in repr(KEYS)


@given(st.lists(keys, min_size=1, max_size=5), st.data())
def test_law_no_key_is_left_in_any_case(chosen: list[str], data: st.DataObject) -> None:
    index = KeyIndex(chosen)
    pieces = data.draw(st.lists(st.sampled_from([*chosen, "/", ".", "x", "%2F", ":443"])))
    cased = [data.draw(st.sampled_from([each, each.lower(), each.upper()])) for each in pieces]
    text = "/".join(cased)
    hidden = index.hidden_in(text)
    assert not any(key.lower() in hidden.lower() for key in chosen)
    assert index.is_in(text.encode()) == any(key.lower() in text.lower() for key in chosen)


@given(st.text(), st.binary())
def test_law_texts_without_keys_stay_as_they_are(text: str, raw: bytes) -> None:
    index = KeyIndex(["a-key-that-nobody-draws"])
    assert index.hidden_in(text, is_cut=False) == text
    assert not index.is_in(raw)


TEXT = "/up.communication.example.com/" + "0123456789abcdef" * 8 + "/%41bc/x"


@pytest.mark.parametrize("what", ["hidden_in", "is_in", "names"])
def test_many_keys_cost_what_one_does(what: str) -> None:
    one = KeyIndex(["customer-key-00000"])
    many = KeyIndex(f"customer-key-{number:05}" for number in range(10_000))
    fields = ((b"Referer", TEXT.encode()),)

    def look(index: KeyIndex) -> object:
        if what == "names":
            return index.names(fields)
        return index.hidden_in(TEXT) if what == "hidden_in" else index.is_in(TEXT.encode())

    assert quickest(lambda: look(many)) < 20 * quickest(lambda: look(one))
