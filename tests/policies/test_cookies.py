"""Cookies: no vendor's cookie is ever sent to another one behind the same gateway, nor anybody
else's to a vendor."""

import re

import pytest
from hypothesis import example, given
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


def moved(
    cookie: bytes,
    upstream_path: bytes = b"/v1/x",
    request_target: bytes = b"/api.example.com/v1/x",
    mount: bytes = MOUNT,
) -> bytes:
    [(name, value)] = answered([(b"Set-Cookie", cookie)], upstream_path, request_target, mount)
    assert name == b"Set-Cookie"
    return value


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
        place=lambda path: mount + path.rstrip(b"/"),
    )


def tagged(cookie: bytes, request_fields: Fields = ORIGIN) -> bytes:
    [(_, value)] = answered([(b"Set-Cookie", cookie)], request_fields=request_fields)
    return value


def sent(line: bytes, client: Fields = ORIGIN, policy: CookiePolicy = SCOPED) -> list[bytes]:
    """Return the Cookie lines that go to API of a client that sends *line*."""
    fields = (*client, (b"Cookie", line))
    return [value for name, value in policy.request_fields(fields, API) if name == b"Cookie"]


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            b"s=1; Domain=.example.com; Path=/v1", b"s=1; Path=/api.example.com/v1", id="both"
        ),
        pytest.param(b"s=1; Path=/", b"s=1; Path=/api.example.com", id="root-path"),
        pytest.param(b"s=1;path=/v1;secure", b"s=1;secure; Path=/api.example.com/v1", id="tight"),
        pytest.param(b"s=1; PATH = /v1 ", b"s=1; Path=/api.example.com/v1", id="spaces"),
        pytest.param(b"s=1;\tDOMAIN\t=\texample.com", b"s=1", id="domain-with-tabs"),
        pytest.param(b"s=1; Domain", b"s=1", id="domain-without-value"),
        pytest.param(b"s=1; Domain=a; domain=b", b"s=1", id="domain-twice"),
        pytest.param(b"s=1; Path=/a; Path=/b", b"s=1; Path=/api.example.com/b", id="last-path"),
        pytest.param(b"s=1; Path=/a; Path=b", b"s=1", id="the-last-path-is-none"),
        pytest.param(b"s=1; Path=/a=b", b"s=1; Path=/api.example.com/a=b", id="equals-in-path"),
        pytest.param(b"s=1; Path=/%2e?x", b"s=1; Path=/api.example.com/%2e?x", id="odd-path"),
        pytest.param(b"domain=1; Path=/", b"domain=1; Path=/api.example.com", id="named-domain"),
        pytest.param(b"path=/; Path=/", b"path=/; Path=/api.example.com", id="named-path"),
        pytest.param(b"s=a=b==; x", b"s=a=b==; x", id="equals-in-value"),
        pytest.param(b"s", b"s", id="no-equals"),
        pytest.param(b"", b"", id="empty"),
    ],
)
def test_domain_is_dropped_and_path_moved(cookie: bytes, expected: bytes) -> None:
    assert moved(cookie) == expected


@pytest.mark.parametrize("path", [b"", b"=", b"=v1", b"=https://x/", b"=.", b'="/v1"'])
def test_a_path_that_is_none_means_the_default(path: bytes) -> None:
    """RFC 6265, 5.2.4: and here the browser's own default is the right one."""
    assert moved(b"s=1; Path" + path) == b"s=1"


def test_all_other_bytes_stay_as_they_are() -> None:
    cookie = (
        b'  s="a b\xff,c" ;HttpOnly;  SameSite=None;Secure;Expires=Wed, 21 Oct 2026 07:28:00 GMT;'
        b"Max-Age=-1 ; Partitioned;; x-unknown = y"
    )
    assert moved(cookie) == cookie
    assert moved(cookie + b";Domain=a;Path=/") == cookie + b"; Path=/api.example.com"


@pytest.mark.parametrize(
    ("upstream_path", "request_target", "expected"),
    [
        pytest.param(b"/", b"/api.example.com/", b"s=1", id="implied-at-the-root"),
        pytest.param(b"/x?y=/z", b"/api.example.com/x?y=/z", b"s=1", id="implied-with-query"),
        pytest.param(b"/a/b/", b"/api.example.com/a/b/", b"s=1", id="implied-in-a-folder"),
        pytest.param(
            b"/", b"/api.example.com", b"s=1; Path=/api.example.com", id="request-for-the-host-only"
        ),
        pytest.param(
            b"/?x=/", b"/api.example.com?x=/", b"s=1; Path=/api.example.com", id="host-and-query"
        ),
        pytest.param(
            b"/a/x", b"/api.example.com//a/x", b"s=1; Path=/api.example.com/a", id="two-slashes"
        ),
        pytest.param(
            b"/a/x",
            b"/proxy.example.org/api.example.com/a/x",
            b"s=1; Path=/api.example.com/a",
            id="own-name-peeled",
        ),
        pytest.param(b"/moved/y", b"/other.example.com/v1/x", b"s=1; Path=/api.example.com/moved"),
        pytest.param(
            b"/", b"/API.Example.com/", b"s=1; Path=/api.example.com", id="upper-case-host"
        ),
    ],
)
def test_the_default_path_is_written_out_where_the_browsers_would_be_another(
    upstream_path: bytes, request_target: bytes, expected: bytes
) -> None:
    assert moved(b"s=1", upstream_path, request_target) == expected


def test_below_a_prefix() -> None:
    mount, request_target = b"/acs/v1/api.example.com", b"/acs/v1/api.example.com/v1/x"
    assert moved(b"s=1", b"/v1/x", request_target, mount) == b"s=1"
    assert moved(b"s=1; Path=/v1", b"/v1/x", request_target, mount) == (
        b"s=1; Path=/acs/v1/api.example.com/v1"
    )


def test_every_cookie_is_moved_and_everything_else_stays_in_its_place() -> None:
    fields: list[Field] = [
        (b"Content-Type", b"text/plain"),
        (b"set-cookie", b"a=1; Path=/"),
        (b"X-Cookie", b"c=1; Domain=x; Path=/"),
        (b"SET-COOKIE", b"b=2; Domain=x"),
    ]
    assert answered(fields, b"/x", MOUNT + b"/x") == [
        (b"Content-Type", b"text/plain"),
        (b"set-cookie", b"a=1; Path=/api.example.com"),
        (b"X-Cookie", b"c=1; Domain=x; Path=/"),
        (b"SET-COOKIE", b"b=2"),
    ]


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
        place=lambda path: b"/hub" if path == b"/in" else None,
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


def attributes(cookie: bytes) -> list[tuple[bytes, bytes]]:
    """RFC 6265, 5.2: as a browser takes a Set-Cookie apart."""
    parts = [each.partition(b"=") for each in cookie.split(b";")[1:]]
    return [(name.strip(b" \t").lower(), value.strip(b" \t")) for name, _, value in parts]


def effective_path(cookie: bytes, request_target: bytes) -> bytes:
    """RFC 6265, 5.2.4 and 5.1.4: the Path under which a browser keeps a cookie."""
    paths = [value for name, value in attributes(cookie) if name == b"path"]
    if paths and paths[-1].startswith(b"/"):
        return paths[-1]
    asked = request_target.partition(b"?")[0]
    return asked[: asked.rindex(b"/")] or b"/"


_WORDS = [b"Path", b"path ", b"Domain", b"=", b"=/", b"/", b"..", b";", b"; ", b"s=1", b"\t", b"\v"]
cookies = st.lists(st.sampled_from(_WORDS), max_size=12).map(b"".join) | st.binary(max_size=30)
paths = st.lists(st.sampled_from([b"", b"a", b"..", b"b.example.com", b"x?y=/"])).map(b"/".join)


@given(
    cookies,
    paths.map(lambda each: b"/" + each),
    st.sampled_from([MOUNT, b"/acs/v1/api.example.com"]),
    st.sampled_from([b"", b"/proxy.example.org", b"/other.example.com"]),
    st.sampled_from([b"", b"/"]),
)
@example(b"s=1", b"/", MOUNT, b"/other.example.com", b"")
@example(b"s=1; Path=/../b.example.com", b"/", MOUNT, b"", b"")
def test_law_a_cookie_stays_below_its_vendors_mount(
    cookie: bytes, upstream_path: bytes, mount: bytes, before: bytes, slash: bytes
) -> None:
    request_target = before + mount + slash + upstream_path
    sent = moved(cookie, upstream_path, request_target, mount)
    path = effective_path(sent, request_target)
    assert path == mount or path.startswith(mount + b"/")
    assert b"domain" not in {name for name, _ in attributes(sent)}
    assert sent.split(b";")[0] == cookie.split(b";")[0]


@given(cookies)
def test_law_other_attributes_keep_order_and_bytes(cookie: bytes) -> None:
    ours = {b"path", b"domain"}

    def others(value: bytes) -> list[bytes]:
        parts = value.split(b";")[1:]
        return [each for each in parts if each.partition(b"=")[0].strip().lower() not in ours]

    assert others(moved(cookie)) == others(cookie)
