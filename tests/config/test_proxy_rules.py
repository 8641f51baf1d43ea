"""The forward proxy among the other settings: what cannot work, and what may be a mistake."""

from pathlib import Path

import pytest

from sigproxy.config import remarks
from tests.config.test_proxy_values import PROXY, upstream
from tests.config.turn import loaded, refused, written


@pytest.mark.parametrize(
    ("key", "value"),
    [("proxy_exceptions", "['a.example']"), ("proxy_resolves", "true")],
)
def test_what_is_about_no_proxy(file: Path, key: str, value: str) -> None:
    assert refused(file, upstream(f"{key} = {value}")) == [
        f"{file.name}: upstream.{key}: there is no proxy that it could be about; set "
        f"upstream.proxy, or remove {key}"
    ]


def test_a_login_for_no_proxy(file: Path) -> None:
    path = written(file.with_name("login"), "moni:secret")
    [said] = refused(file, upstream(f"proxy_credentials_file = '{path}'"))
    assert "there is no proxy that it could be about" in said


def test_it_is_not_said_of_a_proxy_that_is_wrong(file: Path) -> None:
    [said] = refused(file, upstream("proxy = 'proxy.example'", "proxy_resolves = true"))
    assert "is not a URL" in said


@pytest.mark.parametrize(
    ("server", "what"),
    [
        ("public_names = ['proxy.example:3128']", "is this gateway itself"),
        ("bind = ['127.0.0.1:3128']", "is the port of the gateway's clients"),
    ],
)
def test_a_proxy_that_is_the_gateway(file: Path, server: str, what: str) -> None:
    host = "127.0.0.1" if "bind" in server else "proxy.example"
    text = f"[server]\n{server}\n" + upstream(f"proxy = 'http://{host}:3128'")
    assert refused(file, text) == [
        f"{file.name}: upstream.proxy: http://{host}:3128 {what}, which takes no CONNECT; name the "
        "network's forward proxy"
    ]


def noted(file: Path, environ: dict[str, str], *lines: str) -> list[str]:
    settings = loaded(file, upstream(*lines))
    return [each for each in remarks(settings, environ=environ) if "proxy" in each]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_variable_that_is_not_used_is_noted(file: Path, name: str) -> None:
    environ = {name: "http://moni:s3cr3t@proxy.example:3128"}
    assert noted(file, environ) == [
        f"upstream.proxy: {name} is set here (http://***@proxy.example:3128), and the gateway does "
        "not use it: it connects to vendors itself; if they can be reached through that proxy "
        "alone, set upstream.proxy"
    ]
    assert noted(file, environ, PROXY) == []
    assert noted(file, {name: ""}) == []


def test_what_a_proxy_that_looks_up_names_gives_up_is_noted(file: Path) -> None:
    [said] = noted(file, {}, PROXY, "proxy_resolves = true")
    assert said.startswith("upstream.proxy_resolves: the proxy looks up the vendors' names, so ")
    assert "DNS rebinding" in said
    assert noted(file, {}, PROXY) == []


def test_a_proxy_that_no_name_goes_through_is_noted(file: Path) -> None:
    [said] = noted(file, {}, PROXY, "proxy_exceptions = ['*', '10.0.0.0/8']")
    assert said.startswith("upstream.proxy_exceptions: * is every name, so that the proxy is ")
