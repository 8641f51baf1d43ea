"""What ``sigproxy explain`` says, and by that what the handler would do."""

from ipaddress import ip_network
from typing import Any

import pytest

from sigproxy.config import RouteSettings, ServerSettings, Settings, UpstreamSettings
from sigproxy.policies.cookies import tag_of
from sigproxy.semantics.authority import Authority
from sigproxy.tools.explain import explain

SETTINGS = Settings(
    server=ServerSettings(public_names=("gw.example:8443",)),
    route=(
        RouteSettings(targets=("*.skype.com",), allowed_origins=("https://app.example",)),
        RouteSettings(prefix="/acs", targets=("*.skype.com:*",)),
    ),
)


def render(target: str, *headers: str, method: str = "GET") -> tuple[str, bool]:
    lines, admitted = explain(SETTINGS, method, target, headers)
    return "\n".join(lines), admitted


def test_an_admitted_request_is_shown_as_it_would_be_sent() -> None:
    text, admitted = render(
        "/a.skype.com//x%2Fy?z=1", "Accept: */*", "Connection: X-Own", "X-Own: 1"
    )
    assert admitted
    assert "upstream   https://a.skype.com/x%2Fy?z=1" in text
    assert "    GET /x%2Fy?z=1 HTTP/1.1\n    Host: a.skype.com\n    Accept: */*\n" in text
    assert "    X-Forwarded-For: 192.0.2.1" in text
    assert "withheld   Connection, X-Own" in text


@pytest.mark.parametrize(
    "target",
    [
        "/gw.example:8443/a.skype.com/x",
        "https://gw.example:8443/gw.example:8443/a.skype.com/x",
        "gw.example:8443/a.skype.com/x",
    ],
)
def test_the_own_name_is_peeled(target: str) -> None:
    text, admitted = render(target)
    assert admitted
    assert "peeled     /a.skype.com/x" in text
    assert "upstream   https://a.skype.com/x" in text


def test_the_longest_prefix_decides() -> None:
    text, admitted = render("/acs/a.skype.com:3443/x")
    assert admitted
    assert "route      /acs  (dialect path)" in text
    assert "upstream   https://a.skype.com:3443/x" in text


@pytest.mark.parametrize(
    ("target", "headers", "refusal"),
    [
        ("/evil.example/x", (), "403 target_refused"),
        ("/a.skype.com:22/x", (), "403 target_refused"),
        ("/u@a.skype.com/x", (), "400 bad_target"),
        ("/nothing/here", (), "404 no_route"),
        ("/a.skype.com/x", ("Origin: https://evil.example",), "403 origin_refused"),
        ("/a.skype.com/x", ("Upgrade: websocket",), "426 upgrade_required"),
        ("/a.skype.com/x", ("Sec-WebSocket-Key: x",), "426 upgrade_required"),
        ("/a.skype.com/x", ("CDN-Loop: gw.example:8443",), "508 loop_detected"),
        ("/a.skype.com/" + "x" * 17000, (), "414 target_too_long"),
    ],
)
def test_a_refusal_is_named(target: str, headers: tuple[str, ...], refusal: str) -> None:
    text, admitted = render(target, *headers)
    assert not admitted
    assert f"verdict    refused with {refusal}" in text
    assert "\nbecause    " in text


def test_a_preflight_is_answered_here() -> None:
    asked = ("Origin: https://app.example", "Access-Control-Request-Method: DELETE")
    text, admitted = render("/a.skype.com/x", *asked, method="OPTIONS")
    assert admitted
    assert "a CORS preflight, answered here with 204" in text
    assert "    Access-Control-Allow-Origin: https://app.example" in text


def test_cookies_stay_behind_where_any_page_may_call() -> None:
    page = ("Origin: https://app.example", "Cookie: a=1")
    assert "withheld   Cookie" in render("/acs/a.skype.com/x", *page)[0]
    assert "Cookie: a=1" in render("/acs/a.skype.com/x", "Cookie: a=1")[0]


def test_of_a_browsers_cookies_the_vendors_own_are_sent_and_the_rest_is_explained() -> None:
    tag = tag_of(Authority("a.skype.com")).decode()
    page = ("Origin: https://app.example", f"Cookie: sso=1; {tag}sid=2")
    text, _ = render("/a.skype.com/x", *page)
    assert "\n    Cookie: sid=2\n" in text
    assert "cookies    those without this vendor's tag are not forwarded" in text
    assert "\ncookies    " not in render("/a.skype.com/x", "Cookie: sid=2")[0]


def test_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*_: object, **__: object) -> None:
        raise AssertionError("explain opened a socket")

    monkeypatch.setattr("socket.socket", no_socket)
    assert render("/a.skype.com/x")[1]


def test_trusted_proxies_change_what_is_sent() -> None:
    settings = SETTINGS.model_copy(
        update={"server": ServerSettings(trusted_proxies=(ip_network("10.0.0.0/8"),))}
    )
    lines, _ = explain(settings, "GET", "/a.skype.com/x", ("X-Forwarded-For: 6.6.6.6",))
    assert "    X-Forwarded-For: 192.0.2.1" in lines


def test_what_a_trusted_proxy_says_is_used_and_stays_here() -> None:
    proxy = ServerSettings(trusted_proxies=(ip_network("192.0.2.0/24"),))
    settings = SETTINGS.model_copy(update={"server": proxy})
    headers = (
        *("X-Forwarded-For: 6.6.6.6, 203.0.113.9:51008", "X-Forwarded-Port: 8443"),
        *("X-Forwarded-Host: gw.example", "X-Forwarded-Prefix: /sig", "CF-Connecting-IP: 6.6.6.6"),
        "X_Real_IP: 6.6.6.6",
    )
    lines, admitted = explain(settings, "GET", "/gw.example:8443/sig/a.skype.com/x", headers)
    assert admitted
    assert "peeled     /a.skype.com/x  (this gateway's own name was in front)" in lines
    assert "    X-Real-IP: 203.0.113.9" in lines
    assert "    X-Forwarded-For: 203.0.113.9, 192.0.2.1" in lines
    assert [line for line in lines if "CF-" in line or "_" in line or "Prefix" in line] == lines[
        -1:
    ]
    assert lines[-1].startswith("withheld   ")


def test_slashes_in_front_of_a_prefix() -> None:
    text, admitted = render("//acs//a.skype.com:3443/x")
    assert admitted
    assert "route      /acs " in text
    assert "one of the gateway's own pages" in render("//-/ready")[0]


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("/gw.example:444/a.skype.com/x", 'public_names = ["gw.example:444"]'),
        ("/other.example/a.skype.com/x", 'public_names = ["other.example"]'),
        ("/gw.example:8443/sig/a.skype.com/x", "X-Forwarded-Prefix /sig;"),
    ],
)
def test_a_proxy_in_front_is_named(target: str, cause: str) -> None:
    text, admitted = render(target)
    assert not admitted
    assert "a proxy in front" in text
    assert cause in text


def test_the_dialects_and_an_access_key() -> None:
    key = "5d41402abc4b2a76"
    settings = Settings(
        route=(
            RouteSettings(prefix="/agora", dialect="query", presets=("agora",)),
            RouteSettings(prefix="/watch", dialect="fixed", upstream="https://w.example/base"),
            RouteSettings(prefix="/acs", presets=("acs",), keys=(key,)),
        )
    )
    lines, admitted = explain(settings, "GET", "/agora/ws/?h=1-2-3-4.edge.agora.io&p=4700", ())
    assert admitted
    assert "upstream   https://1-2-3-4.edge.agora.io:4700/" in lines
    assert "    X-User-Address: 192.0.2.1" in lines
    lines, admitted = explain(settings, "GET", "/watch?apiKey=a", ())
    assert admitted
    assert "upstream   https://w.example/base?apiKey=a" in lines
    lines, admitted = explain(settings, "GET", "wss://gw.example/watch?apiKey=a", ())
    assert "upstream   https://w.example/base?apiKey=a" in lines
    lines, admitted = explain(settings, "GET", "wss://gw.example?apiKey=a", ())
    assert "because    no route of this gateway matches this path" in lines
    lines, admitted = explain(settings, "GET", f"/acs/{key}/edge.skype.com/x", ())
    assert admitted
    assert "request    GET /acs/-/edge.skype.com/x" in lines
    lines, admitted = explain(settings, "GET", "/acs/-/edge.skype.com/x", ())
    assert admitted  # as the access log shows it
    assert key not in "\n".join(lines)
    lines, admitted = explain(settings, "GET", "/agora/ap/?url=-&action=-", ())
    assert not admitted
    assert "upstream_path" in lines[-2]
    lines, admitted = explain(settings, "GET", f"/acs/{key}/{key}/x", ())
    assert not admitted
    assert key not in "\n".join(lines)
    lines, admitted = explain(settings, "GET", "/acs/edge.skype.com/x", ())
    assert not admitted
    assert lines[-2] == "verdict    refused with 403 key_refused"


@pytest.mark.parametrize(
    ("upstream", "verdict", "way"),
    [
        (
            {"proxy_exceptions": ("10.0.0.0/8",)},
            "are checked before the gateway connects",
            "through the proxy proxy.example:3128, which is asked for the address unless "
            "upstream.proxy_exceptions covers it",
        ),
        (
            {"proxy_resolves": True},
            "are for the proxy to check",
            "through the proxy proxy.example:3128, which is given the name",
        ),
        (
            {"proxy_resolves": True, "proxy_exceptions": ("*.skype.com",)},
            "are checked before the gateway connects",
            "past the proxy, by upstream.proxy_exceptions",
        ),
    ],
)
def test_the_way_out_through_a_proxy(upstream: dict[str, Any], verdict: str, way: str) -> None:
    settings = SETTINGS.model_copy(
        update={"upstream": UpstreamSettings(proxy="http://proxy.example:3128", **upstream)}
    )
    lines, admitted = explain(settings, "GET", "/a.skype.com/x", ())
    assert admitted
    assert f"verdict    admitted; its IP addresses {verdict}" in lines
    assert f"way        {way}" in lines


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ("/acs/5d41402abc4b2a76/-/shim.js", "the page shim, answered here with 200"),
        ("/acs/-/-/shim.js", "the page shim, answered here with 200"),  # as in the access log
        ("https://gw.example/5d41402abc4b2a76/-/shim.js", "the page shim, answered here with 200"),
        ("/-/-/shim.js", "the page shim, answered here with 200"),
        ("/acs/-/shim.js", "refused with 403 key_refused"),
        ("/-/shim.js", "refused with 403 key_refused"),
        ("/off/-/shim.js", "refused with 404 no_route"),
    ],
)
def test_the_page_shim(target: str, verdict: str) -> None:
    keys = ("5d41402abc4b2a76",)
    routes = (
        RouteSettings(presets=("daily",), keys=keys),
        RouteSettings(prefix="/acs", presets=("acs",), keys=keys),
        RouteSettings(prefix="/off", presets=("acs",), shim=False),
    )
    lines, admitted = explain(Settings(route=routes), "GET", target, ())
    assert f"verdict    {verdict}" in lines
    assert admitted is verdict.endswith("200")
    assert keys[0] not in "\n".join(lines)
