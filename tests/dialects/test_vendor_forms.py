"""What TRTC's and Datadog's SDKs write into the query of a fixed route."""

import pytest

from sigproxy.config import RouteSettings
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.errors import BadTarget

TRTC = FixedDialect.parse("wss://signaling-a1.rtc.qq.com")
DATADOG_URL = "https://browser-intake-us3-datadoghq.com"
DATADOG = FixedDialect.parse(DATADOG_URL)
OTHER = FixedDialect.parse("https://vendor.example/base")
SOCKET = b"/v2/ws?sdkAppId=1&signalDomain=signaling-b1.rtc.qq.com&race=1"


def test_trtcs_scheduler_chooses_the_host() -> None:
    assert str(TRTC.resolve(SOCKET)) == "https://signaling-b1.rtc.qq.com" + SOCKET.decode()


@pytest.mark.parametrize("query", [b"", b"?sdkAppId=1", b"?signalDomain=", b"?xsignalDomain=a.b"])
def test_without_a_choice_it_is_the_upstream(query: bytes) -> None:
    assert TRTC.resolve(b"/v2/ws" + query).authority == TRTC.authority


@pytest.mark.parametrize(
    "named",
    [
        b"evil.example",
        b"rtc.qq.com",
        b"evil-rtc.qq.com",
        b"rtc.qq.com.evil.example",
        b"a.rtc.tencentcloud.com",
        b"a.rtc.qq.com:22",
        b"a.rtc.qq.com%2f@evil",
        b"10.0.0.1",
        b"a.rtc.qq.com&signalDomain=b.rtc.qq.com",
        b"&signalDomain=b.rtc.qq.com",
    ],
)
def test_a_host_outside_the_vendors_domain_is_refused(named: bytes) -> None:
    with pytest.raises(BadTarget):
        TRTC.resolve(b"/v2/ws?signalDomain=" + named)


def test_the_routes_targets_say_so_too() -> None:
    trtc = RouteSettings(dialect="fixed", upstream="wss://signaling-a1.rtc.qq.com")
    assert trtc.patterns == ("signaling-a1.rtc.qq.com:443", "*.rtc.qq.com")
    other = RouteSettings(dialect="fixed", upstream="https://vendor.example/base")
    assert other.patterns == ("vendor.example:443",)


def test_datadogs_path_is_in_a_parameter() -> None:
    target = DATADOG.resolve(b"?ddforward=%2Fapi%2Fv2%2Frum%3Fddsource%3Dbrowser%26dd-api-key%3Dk")
    url = "https://browser-intake-us3-datadoghq.com/api/v2/rum?ddsource=browser&dd-api-key=k"
    assert str(target) == url


@pytest.mark.parametrize(
    "host", ["pci.browser-intake-datadoghq.com", "browser-intake-ddog-gov.com"]
)
def test_datadogs_other_intakes(host: str) -> None:
    dialect = FixedDialect.parse(f"https://{host}")
    assert str(dialect.resolve(b"?ddforward=%2Fapi")) == f"https://{host}/api"


@pytest.mark.parametrize("upstream", [DATADOG_URL, f"{DATADOG_URL}/"])
def test_the_path_of_the_query_is_kept_where_the_requests_is_dropped(upstream: str) -> None:
    dialect = FixedDialect.parse(upstream, keep_path=False)
    target = dialect.resolve(b"/below?ddforward=%2Fapi%2Fv2%2Flogs%3Fa%3Db")
    assert str(target) == f"{DATADOG_URL}/api/v2/logs?a=b"


def test_a_parameter_that_only_ends_like_it_is_the_vendors() -> None:
    target = DATADOG.resolve(b"/x?my_ddforward=%2Fa")
    assert str(target) == f"{DATADOG_URL}/x?my_ddforward=%2Fa"


@pytest.mark.parametrize(
    "value",
    [
        b"https%3A%2F%2Fevil.example%2F",
        b"%2F%2Fevil.example%2F",
        b"",
        b"%2Fa%0d%0aHost:x",
        b"%2Fa%20b",
        b"%2Fa&ddforward=%2Fb",
    ],
)
def test_a_forward_that_is_no_path_is_refused(value: bytes) -> None:
    with pytest.raises(BadTarget):
        DATADOG.resolve(b"/?ddforward=" + value)


def test_other_vendors_queries_are_their_own() -> None:
    for query in (b"?ddforward=%2Fx", b"?signalDomain=a.rtc.qq.com"):
        assert str(OTHER.resolve(query)) == "https://vendor.example/base" + query.decode()
