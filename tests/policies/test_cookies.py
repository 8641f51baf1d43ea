"""Cookies: no vendor's cookie is ever sent to another one behind the same gateway, nor anybody
else's to a vendor."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.cookies import CookiePolicy, Mode, is_browsers, tag_of, without
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.target import Target

MOUNT = b"/api.example.com"
API, OTHER = Authority("api.example.com"), Authority("other.example.com")
TAG, OTHERS_TAG = tag_of(API), tag_of(OTHER)
NATIVE: Fields = ((b"User-Agent", b"okhttp/4"),)
ORIGIN: Fields = ((b"Origin", b"https://app.example"),)
SEC_FETCH: Fields = ((b"sec-fetch-SITE", b"same-origin"),)
SCOPED, UNSCOPED = CookiePolicy(scoped=True), CookiePolicy(scoped=False)


def answered(
    fields: list[Field],
    upstream_path: bytes = b"/v1/x",
    request_target: bytes = b"/api.example.com/v1/x",
    mount: bytes = MOUNT,
    *,
    policy: CookiePolicy = SCOPED,
    request_fields: Fields = NATIVE,
) -> list[Field]:
    return policy.response_fields(
        fields,
        Target(API, upstream_path),
        request_target=request_target,
        request_fields=request_fields,
        places=[lambda path: mount + path.rstrip(b"/")],
    )


def tagged(cookie: bytes, request_fields: Fields = ORIGIN) -> bytes:
    [(_, value)] = answered([(b"Set-Cookie", cookie)], request_fields=request_fields)
    return value


def sent(line: bytes, client: Fields = ORIGIN, policy: CookiePolicy = SCOPED) -> list[bytes]:
    """Return the Cookie lines that go to API of a client that sends *line*."""
    fields = (*client, (b"Cookie", line))
    return [value for name, value in policy.request_fields(fields, API) if name == b"Cookie"]


def test_a_form_without_a_host_in_the_path_carries_no_cookies() -> None:
    fields: list[Field] = [(b"set-cookie", b"a=1"), (b"A", b"1"), (b"Set-Cookie", b"b=2")]
    assert answered(fields, policy=UNSCOPED) == [(b"A", b"1")]


@pytest.mark.parametrize("policy", [SCOPED, UNSCOPED], ids=["scoped", "unscoped"])
def test_without_cookies_nothing_changes(policy: CookiePolicy) -> None:
    fields: list[Field] = [(b"A", b"1"), (b"Cookie", b"a=1")]
    assert answered(fields, policy=policy) == fields


def test_without() -> None:
    assert without([(b"Cookie", b"a"), (b"A", b"1"), (b"cookie", b"b")], b"cookie") == [
        (b"A", b"1")
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (ORIGIN, True),
        (((b"ORIGIN", b"null"),), True),
        (SEC_FETCH, True),
        (((b"Sec-Fetch-Storage-Access", b"none"),), True),
        (NATIVE, False),
        (((b"Sec-WebSocket-Key", b"x"), (b"X-Origin", b"a"), (b"Sec-Fetched", b"1")), False),
        ((), False),
    ],
)
def test_a_browser_is_known_by_what_its_scripts_cannot_change(
    fields: Fields, expected: bool
) -> None:
    assert is_browsers(fields) is expected


@pytest.mark.parametrize("client", [ORIGIN, SEC_FETCH], ids=["origin", "sec-fetch"])
def test_a_browser_gets_names_with_the_vendors_tag(client: Fields) -> None:
    assert tagged(b"s=1; Path=/v1; Secure", client) == (
        TAG + b"s=1; Secure; Path=/api.example.com/v1"
    )


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(b" s = 1 ;Secure", TAG + b"s = 1;Secure", id="spaces"),
        pytest.param(b's="a b\xff,c=="', TAG + b's="a b\xff,c=="', id="odd-value"),
        pytest.param(b"__Host-s=1; Secure", TAG + b"__Host-s=1; Secure", id="host-prefix"),
        pytest.param(OTHERS_TAG + b"s=1", TAG + OTHERS_TAG + b"s=1", id="the-tag-of-another"),
        pytest.param(b"value", TAG + b"value", id="no-name"),
        pytest.param(b"=value", TAG + b"value", id="an-empty-name"),
        pytest.param(b"=a=b", TAG + b"a=b", id="an-empty-name-and-equals"),
        pytest.param(b"; Secure", b"; Secure", id="empty"),
        pytest.param(b" =; Secure", b" =; Secure", id="neither-name-nor-value"),
    ],
)
def test_a_tag_stands_in_front_and_nothing_else_changes(cookie: bytes, expected: bytes) -> None:
    assert tagged(cookie) == expected


def test_a_tag_is_short_and_made_of_what_names_may_have() -> None:
    """RFC 9110, 5.6.2: a token; no "__Host-" or "__Secure-" begins with it."""
    tags = {tag_of(Authority(f"a{number}.example.com")) for number in range(5000)}
    assert len(tags) == 5000
    assert all(re.fullmatch(rb"sp-[A-Za-z0-9_-]{12}\.", each) for each in tags)
    assert tag_of(Authority("api.example.com", 8443)) != TAG


@pytest.mark.parametrize("client", [ORIGIN, SEC_FETCH], ids=["origin", "sec-fetch"])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (TAG + b"sid=1; sso=operators; AWSALB=front", [b"sid=1"]),
        (b"a=1;" + TAG + b"s=1;;\t" + TAG + b"t=2 ;", [b"s=1; t=2"]),
        (TAG + b"s=1; " + TAG + b"s=2", [b"s=1; s=2"]),
        (OTHERS_TAG + b"s=1; " + TAG + b"t=2", [b"t=2"]),
        (TAG + OTHERS_TAG + b"s=1", [OTHERS_TAG + b"s=1"]),
        (TAG + b's="a\xff, b"==', [b's="a\xff, b"==']),
        (TAG + b"value", [b"value"]),
        (TAG, []),
        (TAG + b"; " + TAG + b"s=1", [b"s=1"]),
        (b"sso=1", []),
        (TAG.upper() + b"s=1", []),
        (TAG[:-1] + b"s=1", []),
        (b"x=" + TAG + b"s=1", []),
        (b"", []),
    ],
)
def test_a_browsers_cookies_go_to_the_vendor_that_set_them(
    client: Fields, line: bytes, expected: list[bytes]
) -> None:
    assert sent(line, client) == expected


def test_cookie_lines_stay_apart_and_in_their_places() -> None:
    fields: Fields = (*ORIGIN, (b"cookie", TAG + b"a=1"), (b"A", b"1"), (b"COOKIE", b"sso=2"))
    fields += ((b"Cookie", b"sso=2; " + TAG + b"b=2"),)
    assert SCOPED.request_fields(fields, API) == (
        *ORIGIN,
        (b"cookie", b"a=1"),
        (b"A", b"1"),
        (b"Cookie", b"b=2"),
    )


@pytest.mark.parametrize("line", [b"a=1;b=2 ; \xffc", b"sp-=1", b"", b";;"])
@pytest.mark.parametrize(
    ("client", "mode"), [(NATIVE, "tagged"), (NATIVE, "pass"), (ORIGIN, "pass")]
)
def test_other_clients_cookies_and_those_that_pass_keep_their_bytes(
    line: bytes, client: Fields, mode: Mode
) -> None:
    policy = CookiePolicy(mode)
    assert sent(line, client, policy) == [line]
    fields: list[Field] = [(b"Set-Cookie", b"s=1")]
    assert answered(fields, policy=policy, request_fields=client) == fields


@pytest.mark.parametrize("mode", ["tagged", "pass"])
def test_a_tag_leads_to_its_vendor_alone_whoever_sends_it(mode: Mode) -> None:
    """After the setting has changed, or where another route has tagged it."""
    line = TAG + b"a=1; " + OTHERS_TAG + b"b=2; c=3"
    assert sent(line, NATIVE, CookiePolicy(mode)) == [b"a=1; c=3"]


@pytest.mark.parametrize("client", [NATIVE, ORIGIN], ids=["native", "page"])
def test_none_is_nobodys(client: Fields) -> None:
    policy = CookiePolicy("none")
    assert not policy.carries
    assert answered([(b"Set-Cookie", b"s=1")], policy=policy, request_fields=client) == []


@pytest.mark.parametrize("mode", ["tagged", "pass"])
def test_where_other_routes_lie_below_everybodys_are_tagged(mode: Mode) -> None:
    """The client's Path cannot keep them from those routes' vendors."""
    policy = CookiePolicy(mode, shared=True)
    [(_, value)] = answered([(b"Set-Cookie", b"s=1")], policy=policy)
    assert value == TAG + b"s=1"


def test_a_cookie_without_a_place_is_left_out() -> None:
    fields: list[Field] = [(b"Set-Cookie", b"a=1; Path=/in"), (b"Set-Cookie", b"b=2; Path=/out")]
    kept = SCOPED.response_fields(
        fields,
        Target(API, b"/in/x"),
        request_target=b"/hub/x",
        request_fields=NATIVE,
        places=[lambda path: b"/hub" if path == b"/in" else None],
    )
    assert kept == [(b"Set-Cookie", b"a=1; Path=/hub")]


@given(st.lists(st.sampled_from([TAG, OTHERS_TAG, b"sso=1", b"s=2", b"; ", b";", b" ", b"="])))
def test_law_nothing_without_the_tag_leaves_a_browsers_exchange(parts: list[bytes]) -> None:
    line = b"".join(parts)
    tagged_pairs = [each.strip() for each in line.split(b";") if each.strip().startswith(TAG)]
    expected = b"; ".join([each.removeprefix(TAG) for each in tagged_pairs if each != TAG])
    assert sent(line) == ([expected] if expected else [])


@given(st.from_regex(rb"[!#$%&'*+.^_`|~A-Za-z0-9-]{1,40}=[!#-+\--:<-\[\]-~]{0,20}", fullmatch=True))
def test_law_what_a_vendor_sets_comes_back_as_it_was(pair: bytes) -> None:
    there = tagged(pair + b"; Secure").partition(b";")[0]
    assert sent(b"sso=1; " + there) == [pair]
    assert SCOPED.request_fields((*ORIGIN, (b"Cookie", there)), OTHER) == ORIGIN
