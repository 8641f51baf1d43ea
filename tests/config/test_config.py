"""Configuration: what is accepted, and how each refusal reads (what, where, how to mend it)."""

import datetime
import errno
import itertools
import json
import os
import re
import resource
import socket
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sigproxy.assembly import DIALECTS
from sigproxy.config import (
    ConfigError,
    Problem,
    RouteSettings,
    Settings,
    cpus,
    load,
    preflight,
    remarks,
    values,
)
from sigproxy.config.model import known_keys

CONF = Path(__file__).parents[2] / "conf"
DEFAULT_TARGETS = "*.com:* (route[0]), *.net:* (route[0])"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "acs.toml"


def refused(path: Path | None, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the problems as printed, with only the file's name for its path."""
    with pytest.raises(ConfigError) as error:
        load(path, environ or {})
    folder = f"{path.parent}/" if path else ""
    assert str(error.value).count("\n") == len(error.value.problems) - 1
    return [str(problem).removeprefix(folder) for problem in error.value.problems]


def from_text(file: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    file.write_text(text)
    return load(file, environ or {})


# --- values that are accepted ---------------------------------------------------------------


def test_without_file_and_environment_there_are_the_defaults() -> None:
    defaults = load(None, {"PATH": "/bin", "SIGPROXY_CONFIG": "/etc/x.toml"})
    assert defaults == Settings()
    assert defaults.server.bind == ("127.0.0.1:8443",)
    assert defaults.server.workers == cpus.usable().count
    assert defaults.server.trusted_proxies is None
    assert defaults.route == (RouteSettings(),)
    assert defaults.route[0].targets is None
    assert defaults.route[0].patterns == ("*.com:*", "*.net:*")


def test_settings_are_frozen_and_do_not_look_into_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGPROXY_SERVER__WORKERS", "77")
    built = Settings()
    assert built.server.workers != 77
    with pytest.raises(ValidationError, match="frozen"):
        setattr(built.server, "workers", 2)  # noqa: B010 - mypy would not let it pass otherwise


def test_file(file: Path) -> None:
    found = from_text(
        file,
        """
        [server]
        bind = ["127.0.0.1:443", "[::1]:8443", "localhost:80", "unix:/run/sigproxy.sock"]
        workers = 3
        trusted_proxies = ["10.0.0.0/8", "::1"]
        keepalive_s = 60
        [upstream]
        nameservers = ["192.0.2.1", "192.0.2.1:5353", "2001:db8::53", "[2001:db8::53]:53"]
        allow_networks = ["127.44.0.0/24"]
        tls_maximum = "1.2"
        ca_file = "ca.pem"
        [[route]]
        prefix = "/acs/v1"
        targets = ["api.example.com", "*.example.org:8443", "*.example.net:4000-4999"]
        allowed_origins = ["https://a.example", "https://*.b.example:8443", "http://localhost:5173"]
        [[route]]
        """,
    )
    assert found.server.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert found.server.keepalive_s == 60
    assert found.upstream.allow_networks == (ip_network("127.44.0.0/24"),)
    assert found.upstream.ca_file == Path("ca.pem")
    assert [route.prefix for route in found.route] == ["/acs/v1", "/"]


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


# --- single values that are refused ---------------------------------------------------------

BIND_REMEDY = "write host:port, for example 0.0.0.0:8443, [::]:8443 or unix:/run/sigproxy.sock"
ORIGIN_REMEDY = "write scheme, host and port only, as browsers do: https://app.example.com"
RATE_REMEDY = 'write a number, "/", and a time of a day or less: "20/second", "600/minute"'
REDIS_REMEDY = "write redis://host:6379/0, rediss://host:6380/0 or redis+unix:///path/to/socket"
PREFIX_REMEDY = "begin with '/', end without one, and use no '//', '%', '?', '#' or space: '/acs'"

REFUSED = {
    "upstream.conect_timeout_s = 3": "unknown key; did you mean connect_timeout_s?",
    "upstream.zzz = 3": "unknown key; known here: nameservers, ca_file, allow_networks, "
    "connect_timeout_s, tls_timeout_s, response_timeout_s, tls_maximum, reuse, "
    "pool_idle_s, pool_size",
    "limits.keepalive_s = 3": "unknown key; keepalive_s belongs to [server]",
    "server.workers = '4'": "must be a whole number, not '4'; use digits only, without quotes",
    "server.workers = 4.0": "must be a whole number, not 4.0; use digits only, without quotes",
    "server.workers = true": "must be a whole number, not true; use digits only, without quotes",
    "server.workers = 0": "0 is too small; use 1 or more",
    "server.workers = 1_000": "1000 is too large; use 512 or less",
    "server.via = 'yes'": "must be true or false, not 'yes'; write true or false, without quotes",
    "server.drain_s = '9'": "must be a number, not '9'; use digits, without quotes",
    "server.drain_s = 0": "0 is too small; use 0.01 or more",
    "server.drain_notice_s = -1": "-1 is too small; use 0 or more",
    "server.drain_notice_s = 30": "drain_notice_s (30 s) is a part of drain_s (30 s), and would "
    "leave no time to drain; lower drain_notice_s or raise drain_s",
    "server.drain_s = 30_000": "30000 is too large; use 3600 or less",
    "limits.connections_per_address = 0": "0 is too small; use 1 or more",
    "limits.request_rate = '600'": f"'600' is not a rate; {RATE_REMEDY}",
    "limits.request_rate = '0/minute'": f"'0/minute' is not a rate; {RATE_REMEDY}",
    "limits.request_rate = '9/month'": f"'9/month' is not a rate; {RATE_REMEDY}",
    "limits.request_rate_redis = 'http://a'": f"this is not the URL of a Redis; {REDIS_REMEDY}",
    "limits.request_rate_redis = 'redis://'": f"the URL names no host; {REDIS_REMEDY}",
    "limits.websocket_idle_s = nan": "must be a number with an end, not NaN; "
    "use digits, without quotes",
    "server.bind = '127.0.0.1:80'": "must be a list, not '127.0.0.1:80'; "
    'write it in brackets, as ["..."]',
    "server.bind = [8443]": 'must be text, not 8443; put it in quotes, as "..."',
    "server.bind = []": "the list is empty; list at least one, or remove the key for its default",
    "server.bind = [':8443']": f"':8443' names no host; {BIND_REMEDY}",
    "server.bind = ['127.0.0.1']": f"'127.0.0.1' names no port; {BIND_REMEDY}",
    "server.bind = ['*:80']": "'*:80' is not an address: the host '*' is not a host name "
    f"(RFC 1123, 2.1); {BIND_REMEDY}",
    "server.bind = ['::1:80000']": "'::1:80000' names no host; " + BIND_REMEDY,
    "server.bind = ['unix:run/a']": "'unix:run/a' is not the absolute path of a socket; "
    + BIND_REMEDY,
    f"server.bind = ['unix:/{'a' * 107}']": "the socket's path has more than 107 bytes; "
    "choose a shorter one",
    "server.certificate = ''": "'' is not a path; name a file, or remove the key",
    "server.public_names = ['https://p.example']": "'https://p.example' is not an address: "
    "the port is '//p.example': it must be a number from 1 to 65535; "
    "write the host, or host:port, that clients use: proxy.example.com",
    "server.trusted_proxies = ['10.0.0.1/8']": "'10.0.0.1/8' has bits set beyond its prefix; "
    "write 10.0.0.0/8",
    "server.trusted_proxies = ['lan']": "'lan' is not a network; "
    "write 10.0.0.0/8, 2001:db8::/32 or a single address",
    "server.trusted_proxies = [10]": 'must be text; put it in quotes, as "..."',
    "upstream.nameservers = ['dns.google']": "'dns.google' is a name, which would need a "
    "name server itself; write an IP address, or address:port, for example 192.0.2.53 or "
    "[2001:db8::53]:53",
    "upstream.allow_networks = ['0.0.0.0/0']": "together they are every IPv4 address, "
    "which would switch off the check of addresses; "
    "list only the networks that hold your own upstreams",
    "upstream.allow_networks = ['::/0']": "together they are every IPv6 address, "
    "which would switch off the check of addresses; "
    "list only the networks that hold your own upstreams",
    "upstream.tls_maximum = '1.1'": "'1.1' is not known; choose '1.2' or '1.3'",
    "access_log.format = 'nginx'": "'nginx' is not known; choose 'combined' or 'json'",
    "access_log.path = ''": "'' is not a path; name a file, or remove the key",
}

ROUTE_REFUSED = {
    "dialect = 'odd'": f"unknown dialect 'odd'; known: {', '.join(DIALECTS)}",
    "redirects = 'folow'": "'folow' is not known; choose 'follow', 'rewrite' or 'pass'",
    "allowd_origins = ['*']": "unknown key; did you mean allowed_origins?",
    "targets = []": "the list is empty; list at least one, or remove the key for its default",
    "targets = ['a.*.com']": "'a.*.com' is not a target: '*' stands only for whole labels at "
    "the left, as in '*.example.com'; "
    "write api.example.com, *.example.com:8443, *.example.com:* or host:4000-4999",
    "prefix = 'acs'": f"'acs' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/acs/'": f"'/acs/' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/a//b'": f"'/a//b' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/a%2Fb'": f"'/a%2Fb' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/a?b'": f"'/a?***' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/-/live'": "'/-/live' is reserved for '/-/live' and '/-/ready'; choose another "
    "prefix",
    "prefix = '/api.example.com/x'": "'/api.example.com/x' begins like a host, so it would hide "
    "the target with that name; choose a first segment without '.' and ':'",
    "prefix = '/a/../b'": "'/a/../b' has a dot segment, which clients resolve; remove it",
    "allowed_origins = ['*', 'https://a.example']": "'*' is listed with other origins; "
    "list '*' alone, or only the origins",
    "allowed_origins = ['null']": "'null' is the origin of every sandboxed frame and local file, "
    "hostile ones included; give the page an origin of its own (https://, or an app's scheme: "
    "app://localhost) and list that",
    "allowed_origins = ['a.example']": f"'a.example' is not an origin; {ORIGIN_REMEDY}",
    "allowed_origins = ['https://a.example/']": "'https://a.example/' has more than an origin: "
    f"a path or a final '/'; {ORIGIN_REMEDY}",
    "allowed_origins = ['https://A.example']": "'https://A.example' has capitals, and origins are "
    "lower-case; write https://a.example",
    "allowed_origins = ['https://a.example:443']": "'https://a.example:443' names the default "
    f"port, which browsers omit; {ORIGIN_REMEDY}",
    "allowed_origins = ['http://a.example']": "'http://a.example' is http and not localhost; "
    "serve the page by https",
    "allowed_origins = ['https://*.com']": "'https://*.com' covers strangers' origins too; "
    "name a domain: https://*.example.com",
    "allowed_origins = ['https://a.*.example']": "'https://a.*.example' is not an address: "
    f"the host 'a.*.example' is not a host name (RFC 1123, 2.1); {ORIGIN_REMEDY}",
}

REFUSED_AS_A_WHOLE = {
    "sever.workers = 3": "sever: unknown key; did you mean server?",
    "workers = 3": "workers: unknown key; workers belongs to [server]",
    '"a\\nb" = 3': "***: the key at place 1 is unknown (it may be a secret, so it is not shown); "
    "known here: server, upstream, limits, access_log, admin, route",
    "server = 3": "server: must be a table, not 3; write [server] and its keys below",
    "route = [3]": "route[0]: must be a list of tables, not 3; "
    "write [[route]] and its keys below (in the environment: a JSON list of objects)",
    "route.prefix = '/'": "route: must be a list of tables, not this value (it may hold "
    "keys or passwords, so it is not shown); "
    "write [[route]] and its keys below (in the environment: a JSON list of objects)",
}


@pytest.mark.parametrize("text", REFUSED_AS_A_WHOLE)
def test_refused_as_a_whole(file: Path, text: str) -> None:
    file.write_text(text)
    assert refused(file) == [f"acs.toml: {REFUSED_AS_A_WHOLE[text]}"]


@pytest.mark.parametrize("line", REFUSED)
def test_refused(file: Path, line: str) -> None:
    key = line.partition(" = ")[0]
    file.write_text(line)
    assert refused(file) == [f"acs.toml: {key}: {REFUSED[line]}"]


@pytest.mark.parametrize("line", ROUTE_REFUSED)
def test_route_refused(file: Path, line: str) -> None:
    key = line.partition(" = ")[0]
    file.write_text(f"[[route]]\nprefix = '/first'\n[[route]]\n{line}")
    assert refused(file) == [f"acs.toml: route[1].{key}: {ROUTE_REFUSED[line]}"]


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
        ("ROUTE", '[{"prefx": "/a"}]', "[0].prefx: unknown key; did you mean prefix?"),
    ],
)  # fmt: skip
def test_variable_refused(variable: str, text: str, message: str) -> None:
    problems = refused(None, {f"SIGPROXY_{variable}": text})
    assert problems == [f"environment: SIGPROXY_{variable}: {message}"]


# --- what holds between several values ------------------------------------------------------

OPEN_REMEDY = (
    "list the vendor's hosts as targets, for example *.communication.microsoft.com, "
    "or set server.open_relay = true if everybody may use it"
)


@pytest.mark.parametrize("bind", ["0.0.0.0:8443", "[::]:8443", "192.0.2.1:80", "gw.example:443"])
def test_open_targets_on_a_public_listener_are_refused(file: Path, bind: str) -> None:
    file.write_text(f'[server]\nbind = ["127.0.0.1:1", "{bind}"]')
    assert refused(file) == [
        f"acs.toml: server.bind: {bind} is reachable from other machines, and the targets "
        f"{DEFAULT_TARGETS} cover strangers' hosts: an open relay; {OPEN_REMEDY}"
    ]


@pytest.mark.parametrize("target", ["*", "*:8443", "*.com", "*.example:*"])
def test_each_open_target_is_named(file: Path, target: str) -> None:
    file.write_text(
        f'[[route]]\nprefix = "/a"\ntargets = ["*.a.com"]\n[[route]]\ntargets=["{target}"]'
    )
    [problem] = refused(file, {"SIGPROXY_SERVER__BIND": "0.0.0.0:8443"})
    assert problem.startswith("environment: SIGPROXY_SERVER__BIND: 0.0.0.0:8443 is reachable")
    assert f"the targets {target} (route[1]) cover" in problem


@pytest.mark.parametrize(
    "text",
    [
        'server = {bind = ["0.0.0.0:8443"], open_relay = true}',
        'server = {bind = ["0.0.0.0:8443"]}\n[[route]]\ntargets = ["*.example.com:*", "a.com"]',
        'server = {bind = ["127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/run/a"]}',
    ],
)
def test_no_open_relay(file: Path, text: str) -> None:
    assert from_text(file, text).server.bind


CONTRADICTIONS = {
    "server.private_key = 'k.pem'": "server.private_key: a private key without a certificate; "
    "set server.certificate too, or remove the key to serve plain HTTP",
    "server.bind = ['[::1]:1', 'localhost:1', '[::1]:1']": "server.bind: "
    "'[::1]:1' is listed twice; remove one",
    "route = [{}, {prefix = '/a'}, {prefix = '/'}]": "route[2].prefix: '/' is already the "
    "prefix of route[0]; give one of them another prefix, or merge the two",
    "server.proxy_protocol = true": "server.proxy_protocol: trusted_proxies is missing: it "
    "says whose PROXY protocol headers are trusted; list the balancer's own addresses, for example "
    'server.trusted_proxies = ["192.0.2.10"], or remove proxy_protocol',
    "server = {proxy_protocol = true, trusted_proxies = []}": "server.proxy_protocol: "
    "trusted_proxies is missing: it says whose PROXY protocol headers are trusted; list the "
    "balancer's own addresses, "
    'for example server.trusted_proxies = ["192.0.2.10"], or remove proxy_protocol',
    "limits.request_field_kib = 33": "limits.request_field_kib: request_field_kib (33 KiB) is "
    "larger than request_head_kib (32 KiB), which contains it; "
    "lower request_field_kib or raise request_head_kib",
    "limits.request_target_kib = 33": "limits.request_target_kib: request_target_kib (33 KiB) is "
    "larger than request_head_kib (32 KiB), which contains it; "
    "lower request_target_kib or raise request_head_kib",
    "limits.replay_body_kib = 16_385": "limits.replay_body_kib: replay_body_kib (16385 KiB) is "
    "larger than request_body_mib (16384 KiB), which contains it; "
    "lower replay_body_kib or raise request_body_mib",
    "limits.request_rate_redis = 'redis://127.0.0.1'": "limits.request_rate_redis: a Redis "
    'without a rate has nothing to count; set limits.request_rate, for example "600/minute", or '
    "remove the Redis",
}


@pytest.mark.parametrize("text", CONTRADICTIONS)
def test_contradiction(file: Path, text: str) -> None:
    file.write_text(text)
    assert refused(file) == [f"acs.toml: {CONTRADICTIONS[text]}"]


@pytest.mark.parametrize("name", ["connections", "websockets"])
def test_an_address_that_may_hold_all_is_noted(file: Path, name: str) -> None:
    text = f"limits = {{{name} = 300, {name}_per_address = 300}}"

    assert list(remarks(from_text(file, text))) == [
        f"limits.{name}_per_address: one client address may use all 300 that "
        f"limits.{name} allows, and lock the others out; choose a lower number"
    ]
    assert list(remarks(from_text(file, text.replace("address = 300", "address = 299")))) == []


def test_contradiction_is_reported_at_the_key_that_was_set(file: Path) -> None:
    file.write_text("limits.request_head_kib = 8")
    keys = {problem.split(": ")[1] for problem in refused(file)}
    assert keys == {"limits.request_head_kib"}


# --- every problem at once ------------------------------------------------------------------


def test_every_problem_at_once(file: Path) -> None:
    file.write_text(
        """
        [server]
        bind = ["0.0.0.0:8443", ":80"]
        workers = 0
        [limits]
        request_field_kib = 64
        [[route]]
        targets = ["*foo"]
        [[route]]
        redirect = "pass"
        """
    )
    places = [problem.split(": ")[:2] for problem in refused(file, {"SIGPROXY_X": "1"})]
    assert places == [
        ["environment", "SIGPROXY_X"],
        ["acs.toml", "server.bind"],
        ["acs.toml", "server.workers"],
        ["acs.toml", "route[0].targets"],
        ["acs.toml", "route[1].redirect"],
        ["acs.toml", "route[1].prefix"],
        ["acs.toml", "limits.request_field_kib"],
    ]


def test_a_misspelt_key_is_not_also_reported_by_its_consequence(file: Path) -> None:
    file.write_text('[server]\nbind = ["0.0.0.0:8443"]\nopn_relay = true')
    assert refused(file) == ["acs.toml: server.opn_relay: unknown key; did you mean open_relay?"]


# --- the file itself ------------------------------------------------------------------------


def test_missing_file(tmp_path: Path) -> None:
    remedy = "name another file with --config or SIGPROXY_CONFIG"
    assert refused(tmp_path / "no.toml") == [
        f"no.toml: file: cannot be read: No such file or directory; {remedy}"
    ]
    assert refused(tmp_path)[0].endswith(f": file: cannot be read: Is a directory; {remedy}")


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        (b"[server]\nbind = [\n", "end of document", "is not TOML: Invalid value"),
        (b"[server]\nbind: 3\n", "line 2, column 5", "is not TOML: Expected '=' after a key in "
         "a key/value pair"),
        (b"[server]\nvia = yes\n", "line 2, column 7", "is not TOML: Invalid value"),
    ],
)  # fmt: skip
def test_not_toml(file: Path, content: bytes, place: str, reason: str) -> None:
    file.write_bytes(content)
    # Nothing can be said about open targets in a file that was not understood.
    problems = refused(file, {"SIGPROXY_SERVER__BIND": "0.0.0.0:1", "SIGPROXY_SERVER__VIA": "x"})
    assert problems == [
        f"acs.toml: {place}: {reason}; correct the syntax (https://toml.io)",
        "environment: SIGPROXY_SERVER__VIA: must be true or false, not 'x'; "
        "write true or false, without quotes",
    ]


def test_not_utf8(file: Path) -> None:
    file.write_bytes("# Größe\n".encode("latin-1"))
    assert refused(file) == ["acs.toml: file: is not UTF-8 at byte 4; save it in that encoding"]


@pytest.mark.parametrize(
    "content", ["a = " + "9" * 5000, "a = 0x" + "f" * 5000, "a = " + "[" * 5000, "server." * 3000]
)
def test_a_hostile_file_is_a_problem_not_a_crash(file: Path, content: str) -> None:
    file.write_text(content)
    assert all(len(problem) < 400 for problem in refused(file))


def attempt(path: Path | None, environ: Mapping[str, str]) -> Settings | ConfigError:
    """Return what load() is documented to end in; anything else is raised."""
    try:
        return load(path, environ)
    except ConfigError as error:
        return error


def problems_of(outcome: Settings | ConfigError) -> tuple[Problem, ...]:
    return outcome.problems if isinstance(outcome, ConfigError) else ()


_keys = st.sampled_from([*known_keys(), *(k for keys in known_keys().values() for k in keys), "x"])
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes()
    | st.sampled_from(["*", "*.com", "0.0.0.0:1", "https://a.example", "/a", "::/0"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(_keys | st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(_keys | st.text(), _values, max_size=4))
def test_any_document_gives_settings_or_problems(document: dict[str, Any]) -> None:
    """By way of tomllib's result: whatever a file may hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda _: document)
        outcome = attempt(Path(os.devnull), {})
    assert isinstance(outcome, Settings) or outcome.problems
    assert "\n" not in "".join(map(str, problems_of(outcome)))


_variables = st.sampled_from(
    [f"SIGPROXY_{table}__{key}".upper() for table, keys in known_keys().items() for key in keys]
    + ["SIGPROXY_ROUTE", "SIGPROXY_SERVER", "SIGPROXY_", "SIGPROXY_SERVER__BIND__X"]
)


@given(st.dictionaries(_variables, st.text() | _values.map(lambda v: json.dumps(v, default=str))))
def test_any_environment_gives_settings_or_problems(environ: dict[str, str]) -> None:
    outcome = attempt(None, environ)
    assert isinstance(outcome, Settings) or outcome.problems
    assert {problem.source for problem in problems_of(outcome)} <= {"environment"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=st.binary())
def test_any_bytes_give_settings_or_problems(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    outcome = attempt(file, {})
    assert isinstance(outcome, Settings) or outcome.problems


# --- preflight ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def pem(tmp_path: Path, authority: trustme.CA) -> Path:
    """A folder with a pair, another's key, a combined file and the authority."""
    mine, other = authority.issue_cert("gw.example"), authority.issue_cert("other.example")
    mine.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    mine.private_key_pem.write_to_path(tmp_path / "key.pem")
    mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path


def found(folder: Path, *, bind: bool = False, **variables: object) -> list[str]:
    """Return what preflight finds, without the folder and the source."""
    environ = {f"SIGPROXY_{name.upper()}": str(value) for name, value in variables.items()}
    problems = preflight(load(None, environ), bind=bind)
    assert all(problem.source == "environment" for problem in problems)
    return [str(problem).replace(f"{folder}/", "").partition(": ")[2] for problem in problems]


def test_nothing_to_find(pem: Path) -> None:
    both, chain = pem / "both.pem", pem / "cert.pem"
    assert found(pem, server__certificate=both, upstream__ca_file=pem / "ca.pem") == []
    assert found(pem, server__certificate=chain, server__private_key=pem / "key.pem") == []


CERT, KEY, CA = (
    f"SIGPROXY_{name}"
    for name in ("SERVER__CERTIFICATE", "SERVER__PRIVATE_KEY", "UPSTREAM__CA_FILE")
)


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        ("cert.pem", "no.pem", f"{KEY}: no.pem cannot be read: No such file or directory; name "
         "the private key's PEM file and let the user who runs sigproxy read it"),
        ("cert.pem", "other.pem", f"{KEY}: the key in other.pem does not belong to cert.pem; "
         "name the pair; in a chain the server's own certificate comes first"),
        ("cert.pem", "cert.pem", f"{KEY}: cert.pem holds no private key; "
         "name the PEM file with the private key"),
        ("cert.pem", None, f"{CERT}: cert.pem holds no private key; "
         "name the PEM file with the private key"),
        ("key.pem", "key.pem", f"{CERT}: key.pem holds no certificate; "
         "name the PEM file with the certificate"),
        ("cut.pem", "key.pem", f"{CERT}: cut.pem does not load: .*; "
         "replace it with an intact PEM file"),
        ("cert.pem", "locked.pem", f"{KEY}: the private key in locked.pem is encrypted; "
         "decrypt it: openssl pkey -in locked.pem -out plain.pem"),
    ],
)  # fmt: skip
def test_certificate(pem: Path, certificate: str, key: str | None, message: str) -> None:
    whole = (pem / "cert.pem").read_text()
    (pem / "cut.pem").write_text(whole[: len(whole) // 2] + "\n-----END CERTIFICATE-----\n")
    (pem / "locked.pem").write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    variables: dict[str, Any] = {"server__certificate": pem / certificate}
    if key:
        variables["server__private_key"] = pem / key
    [problem] = found(pem, **variables)
    assert re.fullmatch(re.escape(message).replace(r"\.\*", ".*"), problem), problem


def test_both_files_are_reported(pem: Path) -> None:
    problems = found(pem, server__certificate=pem / "a", server__private_key=pem / "b")
    assert [problem.partition(":")[0] for problem in problems] == [CERT, KEY]


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (-9, -1, "both.pem has expired; renew it"),
        (1, 9, "both.pem is not valid yet; "
         "check this machine's clock and the certificate's first day"),
    ],
)  # fmt: skip
def test_dates(pem: Path, authority: trustme.CA, first: int, last: int, message: str) -> None:
    now = datetime.datetime.now(datetime.UTC)
    issued = authority.issue_cert(
        "gw.example",
        not_before=now + datetime.timedelta(days=first),
        not_after=now + datetime.timedelta(days=last),
    )
    issued.private_key_and_cert_chain_pem.write_to_path(pem / "both.pem")
    assert found(pem, server__certificate=pem / "both.pem") == [f"{CERT}: {message}"]


def test_ca_file(pem: Path) -> None:
    (pem / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    [missing] = found(pem, upstream__ca_file=pem / "no.pem")
    assert missing.startswith(f"{CA}: no.pem cannot be read: No such file")
    [damaged] = found(pem, upstream__ca_file=pem / "bad.pem")
    assert damaged.startswith(f"{CA}: bad.pem does not load: ")
    assert damaged.endswith("; replace it with an intact PEM file")


def test_access_log(tmp_path: Path) -> None:
    variable = "SIGPROXY_ACCESS_LOG__PATH"
    assert found(tmp_path, access_log__path=tmp_path / "access.log") == []
    assert list(tmp_path.iterdir()) == []
    assert found(tmp_path, access_log__path="/nowhere/a.log") == [
        f"{variable}: the folder /nowhere does not exist; create it, or use '-'"
    ]
    assert found(tmp_path, access_log__path=tmp_path) == [
        f"{variable}: {tmp_path} is a folder; name a file in it"
    ]
    assert found(tmp_path, access_log__path="/proc/version") == [
        f"{variable}: /proc/version cannot be written; let the user who runs sigproxy write it"
    ] or os.access("/proc/version", os.W_OK)


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


def test_port_taken(tmp_path: Path, taken: int) -> None:
    address = f"127.0.0.1:{taken}"
    assert found(tmp_path, server__bind=address, bind=True) == [
        f"SIGPROXY_SERVER__BIND: {address} is taken by another program; "
        "stop that program or choose another address"
    ]
    assert found(tmp_path, server__bind=address, bind=False) == []


def test_port_free_and_left_free(tmp_path: Path, taken: int) -> None:
    address = f"127.0.0.2:{taken}"
    assert found(tmp_path, server__bind=address, bind=True) == []
    with closing(socket.create_server(("127.0.0.2", taken))):
        pass


def test_not_our_address(file: Path) -> None:
    # 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
    text = '[server]\nbind = ["192.0.2.1:8443"]\n[[route]]\ntargets = ["api.example.com"]'
    assert preflight(from_text(file, text)) == (
        Problem(
            str(file),
            "server.bind",
            "192.0.2.1:8443 is not an address of this machine",
            "choose one of its own, or 0.0.0.0 or [::] for all",
        ),
    )


def test_port_without_the_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unprivileged(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Unprivileged)
    assert found(tmp_path, server__bind="127.0.0.1:443", bind=True) == [
        "SIGPROXY_SERVER__BIND: 127.0.0.1:443 needs a permission that this user does not have; "
        "choose a port above 1023, or grant CAP_NET_BIND_SERVICE"
    ]


def test_socket_file(tmp_path: Path) -> None:
    def bind(name: str) -> list[str]:
        problems = found(tmp_path, server__bind=f"unix:{tmp_path}/{name}", bind=True)
        return [problem.removeprefix("SIGPROXY_SERVER__BIND: ") for problem in problems]

    (tmp_path / "file").touch()
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(tmp_path / "live"))
        listener.listen()
        assert bind("live") == [
            "unix:live is taken by another program; stop that program or choose another address"
        ]
    assert bind("live") == [], "a socket left behind is replaced"
    assert bind("new") == []
    assert bind("file") == [
        "unix:file cannot be bound: a file that is not a socket is in its place; "
        "choose another address"
    ]
    assert bind("no/a") == [
        f"unix:no/a cannot be bound: the folder {tmp_path}/no does not exist; "
        "choose another address".replace(f"{tmp_path}/", "")
    ]
    assert not (tmp_path / "new").exists()


def test_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert preflight(Settings(), bind=False) == ()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1024))
    [problem] = preflight(Settings(), bind=False)
    assert str(problem) == (
        "system: RLIMIT_NOFILE: a process may open 1024 files, and a WebSocket takes two; "
        "allow 4096 or more: LimitNOFILE= in the unit, ulimit -Hn in a shell"
    )


# --- the files that are installed -----------------------------------------------------------

_SETTING = re.compile(r"(?:# )?(?P<key>[a-z_]+) = (?=[\[\"\d]|true|false)")


def mentioned(text: str) -> set[tuple[str, str]]:
    """Return table and key of each setting in *text*, commented out or not."""
    table, found = "", set()
    for line in text.splitlines():
        if header := re.match(r"\[+(\w+)\]", line):
            table = header[1]
        elif setting := _SETTING.match(line):
            found.add((table, setting["key"]))
    return found


def test_the_sample_has_every_setting_and_no_other() -> None:
    model = {(table, key) for table, keys in known_keys().items() for key in keys}
    assert mentioned((CONF / "sigproxy.toml").read_text()) == model


def test_the_sample_is_the_defaults() -> None:
    sample = load(CONF / "sigproxy.toml", {})
    assert sample == Settings()
    active = tomllib.loads((CONF / "sigproxy.toml").read_text())
    defaults = Settings().model_dump()
    for table, key in mentioned((CONF / "sigproxy.toml").read_text()):
        holder = active[table][0] if table == "route" else active[table]
        known = defaults["route"][0] if table == "route" else defaults[table]
        has_default = known[key] is not None and key not in ("workers", "keys")
        assert (key in holder) is has_default, f"{table}.{key}"


def test_the_examples_in_the_sample_are_valid(file: Path) -> None:
    uncommented = re.sub(
        r"(?m)^# (?=[a-z_]+ = [\[\"\d])(?!upstream|keys_file)",
        "",
        (CONF / "sigproxy.toml").read_text(),
    )
    sample = from_text(file, uncommented)
    assert sample.server.workers == 4
    assert sample.server.certificate == Path("/etc/sigproxy/fullchain.pem")
    assert sample.upstream.tls_maximum == "1.2"
    assert "*.skype.com" in sample.route[0].patterns


def test_each_setting_in_the_sample_is_explained() -> None:
    lines = (CONF / "sigproxy.toml").read_text().splitlines()
    groups = {"request_field_kib", "request_target_kib"}  # explained with request_head_kib
    groups |= {"websockets_per_address", "websockets"}  # with connections
    for above, line in itertools.pairwise(lines):
        if (setting := _SETTING.match(line)) and setting["key"] not in groups:
            assert above.startswith("# "), line


def test_the_acs_example_loads_and_admits_no_stranger() -> None:
    example = load(CONF / "examples" / "acs.toml", {})
    assert example.server.bind == ("0.0.0.0:8443",)
    assert not example.server.open_relay
    assert "*.communication.microsoft.com" in example.route[0].patterns
    assert example.route[0].allowed_origins == ("https://app.example.com",)


def test_every_dialect_can_be_configured() -> None:
    assert tuple(DIALECTS) == values.DIALECTS
