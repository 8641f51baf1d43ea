"""upstream.proxy and what belongs to it: each wrong value is one sentence, and shows no secret."""

from pathlib import Path

import pytest

from sigproxy.config import load, preflight, remarks
from tests.config.turn import loaded, refused, written

PROXY = "proxy = 'http://proxy.example:3128'"
URL_REMEDY = "write http://host:port, for example http://proxy.hospital.example:3128"
SECRET = "moni:s3cr3t:w0rd"


def upstream(*lines: str) -> str:
    return "\n".join(("[upstream]", *lines, "[[route]]", "targets = ['api.example.com']"))


def test_without_it_there_is_no_proxy() -> None:
    found = load(None, {}).upstream
    assert (found.proxy, found.proxy_exceptions, found.proxy_resolves) == (None, (), False)


@pytest.mark.parametrize(
    "url",
    [
        "http://proxy.example:3128",
        "http://proxy.example:3128/",
        "HTTP://PROXY:8080",
        "http://192.0.2.1:80",
        "http://[2001:db8::1]:3128",
    ],
)
def test_urls_of_proxies(file: Path, url: str) -> None:
    assert loaded(file, upstream(f"proxy = '{url}'")).upstream.proxy == url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (
            "https://proxy.example:3129",
            "a proxy that is itself spoken to over TLS is not supported (what goes through it is "
            "TLS to the vendor in any case); write its http:// port, for example "
            "http://proxy.hospital.example:3128",
        ),
        ("socks5://proxy:1080", f"a proxy of the kind 'socks5' is not supported; {URL_REMEDY}"),
        ("proxy.example:3128", f"'proxy.example:3128' is not a URL; {URL_REMEDY}"),
        ("http://proxy.example", f"'http://proxy.example' names no port; {URL_REMEDY}"),
        (
            "http://moni:s3cr3t@proxy.example:3128",
            "it has a user name or a password in it; write them as user:password into a file, and "
            "name that in proxy_credentials_file",
        ),
        (
            "http://proxy.example:3128?x=1",
            "'http://proxy.example:3128?***' has more in it than a host and a port; " + URL_REMEDY,
        ),
        (
            "http://proxy.example:3128/x",
            "'http://proxy.example:3128/x' has more in it than a host and a port; " + URL_REMEDY,
        ),
        (
            "http://:3128",
            "'http://:3128' is not an address: the host '' is not a host name (RFC 1123, 2.1); "
            f"{URL_REMEDY}",
        ),
    ],
)
def test_what_is_no_proxy(file: Path, url: str, problem: str) -> None:
    [said] = refused(file, upstream(f"proxy = '{url}'"))
    assert said == f"{file.name}: upstream.proxy: {problem}"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "holds no credentials; write user:password in one line"),
        ("# soon\n", "holds no credentials; write user:password in one line"),
        ("s3cr3tw0rd\n", "has no colon; write user:password in one line"),
        (":s3cr3tw0rd\n", "has no user; write user:password in one line"),
        (f"{SECRET}\nother:s3cr3t\n", "has 2 lines; write user:password in one line"),
        (f"{SECRET}\x07\n", "has a control character; write user:password in one line"),
        (f"{SECRET} \n", "has a space at one end of its line; remove it"),
    ],
)
def test_a_file_without_a_login(file: Path, content: str, problem: str) -> None:
    path = written(file.with_name("proxy"), content)
    [said] = refused(file, upstream(PROXY, f"proxy_credentials_file = '{path}'"))
    assert said == f"{file.name}: upstream.proxy_credentials_file: proxy {problem}"


def test_a_file_that_is_not_there(file: Path) -> None:
    path = file.with_name("proxy-login")
    [said] = refused(file, upstream(PROXY, f"proxy_credentials_file = '{path}'"))
    assert said == (
        f"{file.name}: upstream.proxy_credentials_file: proxy-login cannot be read: No such file "
        "or directory; create it, readable for the user who runs sigproxy, and write "
        "user:password in one line"
    )


def test_a_login_in_place_of_the_file_is_not_repeated(file: Path) -> None:
    [said] = refused(file, upstream(PROXY, f"proxy_credentials_file = '{SECRET}'"))
    assert "the file cannot be read" in said
    assert "s3cr3t" not in said


def test_a_login_is_read_and_never_shown(file: Path) -> None:
    path = written(file.with_name("proxy"), f"\ufeff# the gateway's own\n\n{SECRET}\r\n")
    settings = loaded(file, upstream(PROXY, f"proxy_credentials_file = '{path}'"))
    assert settings.upstream._login == ("moni", "s3cr3t:w0rd")
    shown = f"{settings!r} {settings} {settings.upstream!r} {settings.model_dump_json()}"
    assert "s3cr3t" not in shown


@pytest.mark.parametrize("text", ["a b", "10.0.0.1/8", "moni:s3cr3t@host"])
def test_what_is_no_exception(file: Path, text: str) -> None:
    [said] = refused(file, upstream(PROXY, f"proxy_exceptions = ['*.intern.example', '{text}']"))
    assert said.startswith(f"{file.name}: upstream.proxy_exceptions: ")
    assert " is not a host or network: " in said
    assert said.endswith("; write *.intern.example, host.example, host.example:8443 or 10.0.0.0/8")
    assert "s3cr3t" not in said


def test_the_environment_has_it_too() -> None:
    environ = {
        "SIGPROXY_UPSTREAM__PROXY": "http://192.0.2.1:3128",
        "SIGPROXY_UPSTREAM__PROXY_EXCEPTIONS": "*.intern.example,10.0.0.0/8",
        "SIGPROXY_UPSTREAM__PROXY_RESOLVES": "true",
    }
    found = load(None, environ).upstream
    assert found.proxy == "http://192.0.2.1:3128"
    assert found.proxy_exceptions == ("*.intern.example", "10.0.0.0/8")
    assert found.proxy_resolves


def test_a_login_that_all_can_read_is_noted(file: Path) -> None:
    path = written(file.with_name("proxy"), SECRET, 0o644)
    settings = loaded(file, upstream(PROXY, f"proxy_credentials_file = '{path}'"))
    assert preflight(settings, bind=False) == ()
    assert [each for each in remarks(settings) if "proxy" in each] == [
        f"upstream.proxy_credentials_file: every user of this machine can read {path}; chmod 640 it"
    ]
