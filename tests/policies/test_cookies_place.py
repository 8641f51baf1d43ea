"""A vendor's cookie stays below that vendor's mount: Domain is dropped, Path is moved."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.semantics.fields import Field
from tests.policies.test_cookies import MOUNT, answered


def moved(
    cookie: bytes,
    upstream_path: bytes = b"/v1/x",
    request_target: bytes = b"/api.example.com/v1/x",
    mount: bytes = MOUNT,
) -> bytes:
    [(name, value)] = answered([(b"Set-Cookie", cookie)], upstream_path, request_target, mount)
    assert name == b"Set-Cookie"
    return value


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
