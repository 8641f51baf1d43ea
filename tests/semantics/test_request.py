"""What RFC 9112 forbids in a request, and who we are in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import (
    BadFraming,
    BadRequest,
    BadTarget,
    CodingUnsupported,
    GatewayError,
    HeadTooLarge,
    MethodRefused,
    RequestError,
    ServiceWorkerRefused,
    TargetTooLong,
    VersionUnsupported,
)
from sigproxy.semantics import fields as f
from sigproxy.semantics import request
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from tests.strategies import fields as any_fields
from tests.strategies import wire_bytes

HTTP_10, HTTP_11 = (1, 0), (1, 1)
OWN = frozenset({Authority("proxy.example.org"), Authority("proxy.example.org", 8443)})


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("version", [HTTP_10, HTTP_11, (1, 9)])
def test_ordinary_requests_pass(method: str, version: tuple[int, int]) -> None:
    request.check(method, version, ((b"Host", b"a"), (b"Content-Length", b"0")))


def test_chunked_bodies_and_unknown_methods_pass() -> None:
    request.check("PROPFIND", HTTP_11, ((b"transfer-encoding", b"Chunked"),))


@pytest.mark.parametrize(
    ("method", "version", "fields", "error", "detail"),
    [
        pytest.param(
            "GET",
            (2, 0),
            (),
            VersionUnsupported,
            "HTTP/2.0 is not supported; use HTTP/1.1",
            id="HTTP/2.0",
        ),
        pytest.param(
            "GET",
            (0, 9),
            (),
            VersionUnsupported,
            "HTTP/0.9 is not supported; use HTTP/1.1",
            id="HTTP/0.9",
        ),
        pytest.param("CONNECT", HTTP_11, (), MethodRefused, "CONNECT is not forwarded"),
        pytest.param("TRACE", HTTP_11, (), MethodRefused, "TRACE is not forwarded"),
        pytest.param(
            "POST",
            HTTP_10,
            ((b"Transfer-Encoding", b"chunked"),),
            BadFraming,
            "Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)",
            id="TE-in-1.0",
        ),
        pytest.param(
            "POST",
            HTTP_11,
            ((b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")),
            BadFraming,
            "Content-Length beside Transfer-Encoding (RFC 9112, 6.1)",
            id="CL-and-TE",
        ),
        *(
            pytest.param(
                "POST",
                HTTP_11,
                tuple((b"Transfer-Encoding", value) for value in values),
                CodingUnsupported,
                "the only Transfer-Encoding taken is 'chunked' (RFC 9112, 6.1)",
                id=f"TE-{b'-and-'.join(values).decode() or 'empty'}",
            )
            for values in (
                [b"gzip, chunked"],
                [b"chunked", b"chunked"],
            )
        ),
        *(
            pytest.param(
                "POST",
                HTTP_11,
                tuple((b"Transfer-Encoding", value) for value in values),
                BadFraming,
                "Transfer-Encoding does not end in 'chunked' (RFC 9112, 6.3)",
                id=f"TE-{b'-and-'.join(values).decode() or 'empty'}",
            )
            for values in (
                [b"gzip"],
                [b"xchunked"],
                [b"chunked, identity"],
                [b"chunked", b"gzip"],
                [b""],
            )
        ),
        pytest.param(
            "GET",
            HTTP_11,
            ((b"Service-Worker", b"script"),),
            ServiceWorkerRefused,
            "a service worker script is not fetched through the gateway",
            id="service-worker",
        ),
    ],
)
def test_refused(
    method: str, version: tuple[int, int], fields: Fields, error: type[GatewayError], detail: str
) -> None:
    with pytest.raises(GatewayError) as raised:
        request.check(method, version, fields)
    assert type(raised.value) is error
    assert raised.value.detail == detail


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (b"proxy.example.org", Authority("proxy.example.org")),
        (b"Proxy.Example.org:8443", Authority("proxy.example.org", 8443)),
        (b"192.0.2.1:8443", Authority("192.0.2.1", 8443)),
        (b"[::1]:8443", Authority("::1", 8443)),
    ],
)
def test_host(value: bytes, host: Authority) -> None:
    assert request.host(HTTP_11, ((b"HOST", value),)) == host


def test_http_1_0_may_come_without_host() -> None:
    assert request.host(HTTP_10, ()) is None
    assert request.host(HTTP_10, ((b"Host", b"a.example"),)) == Authority("a.example")


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        (HTTP_11, ()),
        (HTTP_11, ((b"Host", b"a"), (b"host", b"a"))),
        (HTTP_10, ((b"Host", b"a"), (b"Host", b"b"))),
    ],
)
def test_a_request_has_one_host(version: tuple[int, int], fields: tuple[Field, ...]) -> None:
    with pytest.raises(BadRequest) as error:
        request.host(version, fields)
    assert error.value.detail == "a request has exactly one Host field (RFC 9112, 3.2)"


@pytest.mark.parametrize(
    "value", [b"", b"user@a", b"a/b", b"a,b", b"a b", b"a:b", b"a:1:2", b"http://a", b"a?", b"a#"]
)
def test_a_host_that_is_no_authority(value: bytes) -> None:
    with pytest.raises(BadTarget):
        request.host(HTTP_11, ((b"Host", value),))


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        pytest.param(b"/", b"/", id="root"),
        pytest.param(b"/a.example.com//x?y=%2F&z", b"/a.example.com//x?y=%2F&z", id="path"),
        pytest.param(b"//evil.com/x", b"//evil.com/x", id="two-slashes-are-a-path"),
        pytest.param(b"/?u=http://b/", b"/?u=http://b/", id="URL-in-query"),
        pytest.param(b"http://proxy.example.org/a?b", b"/a?b", id="absolute"),
        pytest.param(b"HTTPS://PROXY.example.org:8443/a", b"/a", id="absolute-upper-case-port"),
        pytest.param(b"http://proxy.example.org", b"/", id="absolute-without-path"),
        pytest.param(b"http://proxy.example.org?a=b", b"/?a=b", id="absolute-with-query-only"),
        pytest.param(b"http://proxy.example.org?a=/b", b"/?a=/b", id="absolute-slash-in-query"),
    ],
)
def test_origin_form(raw: bytes, path: bytes) -> None:
    assert request.origin_form(raw, OWN) == path


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"*", "the request target must start with '/'"),
        (b"", "the request target must start with '/'"),
        (b"a.example.com/x", "the request target must start with '/'"),
        (b"proxy.example.org:443", "the request target must start with '/'"),
        (b"ws://proxy.example.org/x", "the request target must start with '/'"),
        (b"ftp://proxy.example.org/x", "the request target must start with '/'"),
        (b"/a#b", "a request target has no fragment"),
        (b"/#", "a request target has no fragment"),
        (
            b"http://other.example.org/x",
            "the request target names another host: this is no forward proxy",
        ),
        (
            b"http://proxy.example.org:9/x",
            "the request target names another host: this is no forward proxy",
        ),
    ],
)
def test_what_is_no_request_target_here(raw: bytes, detail: str) -> None:
    with pytest.raises(BadRequest) as error:
        request.origin_form(raw, OWN)
    assert error.value.detail == detail


def test_userinfo_in_absolute_form() -> None:
    with pytest.raises(BadTarget):
        request.origin_form(b"http://user@proxy.example.org/x", OWN)


def test_a_refusal_does_not_repeat_the_query() -> None:
    """The detail goes into the access log, where no query value may be."""
    with pytest.raises(RequestError) as error:
        request.origin_form(b"https://other.example.org?token=hunter2", OWN)
    assert "hunter2" not in error.value.detail


@given(wire_bytes)
def test_law_any_bytes_are_a_path_or_a_request_error(raw: bytes) -> None:
    try:
        path = request.origin_form(raw, OWN)
    except RequestError:
        return
    assert path.startswith(b"/")
    assert raw.endswith(path.removeprefix(b"/"))


VERSIONS = st.tuples(st.integers(0, 3), st.integers(0, 9))


@given(st.sampled_from(["GET", "POST", "CONNECT", "TRACE", "x"]), VERSIONS, any_fields)
def test_law_what_passes_is_framed_in_one_way(
    method: str, version: tuple[int, int], fields: Fields
) -> None:
    try:
        request.check(method, version, fields)
    except (RequestError, ServiceWorkerRefused):
        return
    assert method not in ("CONNECT", "TRACE")
    assert version[0] == 1
    if codings := f.values(fields, b"transfer-encoding"):
        assert [each.lower() for each in codings] == [b"chunked"]
        assert version >= HTTP_11
        assert not f.values(fields, b"content-length")


@given(VERSIONS, any_fields)
def test_law_any_fields_name_us_or_are_refused(version: tuple[int, int], fields: Fields) -> None:
    try:
        named = request.host(version, fields)
    except RequestError:
        return
    hosts = tuple(f.values(fields, b"host"))
    assert [named] == [Authority.parse(host) for host in hosts] or (named, hosts) == (None, ())


SIZED = Fields([(b"Ab", b"12345678"), (b"c", b"")])  # 14 and 5 bytes of a head


def test_sizes_within_the_limits_pass() -> None:
    request.check_size(b"/12345", SIZED, max_target=6, max_field=10, max_head=6 + 14 + 5)


@pytest.mark.parametrize(
    ("limits", "error", "detail"),
    [
        ((5, 10, 25), TargetTooLong, "the request target is over 5 bytes"),
        ((6, 9, 25), HeadTooLarge, "a field of the request is over 9 bytes"),
        ((6, 10, 24), HeadTooLarge, "the request's head is over 24 bytes"),
    ],
    ids=["target", "field", "head"],
)
def test_one_byte_over_a_limit(
    limits: tuple[int, int, int], error: type[RequestError], detail: str
) -> None:
    with pytest.raises(error) as raised:
        request.check_size(b"/12345", SIZED, *limits)
    assert raised.value.detail == detail
