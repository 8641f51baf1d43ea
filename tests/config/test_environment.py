"""``SIGPROXY_*`` variables: how they are read, go over the file, and are refused."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from sigproxy.config import load
from tests.config.loading import from_text, refused
from tests.config.test_values import BIND_REMEDY


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("SERVER__BIND", "127.0.0.1:8443", ("127.0.0.1:8443",)),
        ("SERVER__BIND", "[::1]:8443", ("[::1]:8443",)),
        ("SERVER__BIND", "[::1]:8443, unix:/a", ("[::1]:8443", "unix:/a")),
        ("SERVER__BIND", '["127.0.0.1:1", "[::1]:2"]', ("127.0.0.1:1", "[::1]:2")),
        ("SERVER__WORKERS", "4", 4),
        ("SERVER__VIA", "false", False),
        ("SERVER__VIA", "0", False),
        ("SERVER__PROXY_PROTOCOL", "false", False),
        ("SERVER__DRAIN_S", "2.5", 2.5),
        ("SERVER__CERTIFICATE", "/etc/c.pem", Path("/etc/c.pem")),
        ("SERVER__TRUSTED_PROXIES", "10.0.0.0/8", (ip_network("10.0.0.0/8"),)),
        ("SERVER__TRUSTED_PROXIES", "[]", ()),
        ("SERVER__TRUSTED_PROXIES", "", None),
        ("UPSTREAM__TLS_MAXIMUM", "1.2", "1.2"),
        ("ACCESS_LOG__FORMAT", "json", "json"),
    ],
)
def test_variables(variable: str, text: str, value: object) -> None:
    found = load(None, {f"SIGPROXY_{variable}": text})
    table, key = variable.lower().split("__")
    assert getattr(getattr(found, table), key) == value


def test_routes_in_a_variable() -> None:
    found = load(None, {"SIGPROXY_ROUTE": '[{"prefix": "/a", "targets": ["*.example.com"]}, {}]'})
    assert [route.prefix for route in found.route] == ["/a", "/"]
    assert found.route[0].targets == ("*.example.com",)


def test_variables_go_over_the_file_key_by_key(file: Path) -> None:
    text = "[server]\nworkers = 2\nkeepalive_s = 9\n[limits]\nrequest_body_mib = 3"
    found = from_text(file, text, {"SIGPROXY_SERVER__WORKERS": "5"})
    assert (found.server.workers, found.server.keepalive_s) == (5, 9)
    assert found.limits.request_body_mib == 3


def test_a_variable_mends_what_the_file_has_wrong(file: Path) -> None:
    found = from_text(file, "[server]\nworkers = 0", {"SIGPROXY_SERVER__WORKERS": "5"})
    assert found.server.workers == 5


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("SERVER__WORKERS", "many", "must be a whole number, not 'many'; use digits only, "
         "without quotes"),
        ("SERVER__BIND", ":80", f"':80' names no host; {BIND_REMEDY}"),
        ("SERVER__BIND", "[", f"'[' is not an address: '[' is not an IPv6 literal; {BIND_REMEDY}"),
        ("SERVER__BNID", "a:1", "unknown setting; did you mean SIGPROXY_SERVER__BIND?"),
        ("ROUTE__0__PREFIX", "/", "unknown setting; set all routes together: "
         "SIGPROXY_ROUTE takes a JSON list of objects"),
        ("QQQ", "1", "unknown setting; unset it"),
        ("SERVICE_HOST", "10.0.0.1", "unknown setting; if Kubernetes set it, "
         "put `enableServiceLinks: false` into the pod's spec"),
        ("ROUTE", '[{}, {"prefix": "/a", "targets": ["*", 2]}]', "[1].targets: must be text, "
         'not 2; put it in quotes, as "..."'),
        ("ROUTE", "not json", "is not JSON, at line 1, column 1: Expecting value; write a list of "
         """objects, as '[{"prefix": "/", "presets": ["acs"]}]'"""),
        ("ROUTE", '[{"prefix": "/a"]', "is not JSON, at line 1, column 17: Expecting ',' "
         """delimiter; write a list of objects, as '[{"prefix": "/", "presets": ["acs"]}]'"""),
        ("ROUTE", '"text"', "must be a list of tables, not this value (it may hold keys or "
         "passwords, so it is not shown); write [[route]] and its keys below (in the environment: "
         "a JSON list of objects)"),
        ("ROUTE", '[{"prefx": "/a"}]', "[0].prefx: unknown key; did you mean prefix?"),
    ],
)  # fmt: skip
def test_variable_refused(variable: str, text: str, message: str) -> None:
    problems = refused(None, {f"SIGPROXY_{variable}": text})
    assert problems == [f"environment: SIGPROXY_{variable}: {message}"]
