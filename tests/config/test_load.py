"""From a file to settings, or to every problem at once, each with its place."""

import json
import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigproxy.config import ConfigError, Problem, RouteSettings, Settings, cpus, load
from sigproxy.config.model import known_keys
from tests.config.loading import from_text, refused


def test_without_file_and_environment_there_are_the_defaults() -> None:
    defaults = load(None, {"PATH": "/bin", "SIGPROXY_CONFIG": "/etc/x.toml"})
    assert defaults == Settings()
    assert defaults.server.bind == ("127.0.0.1:8443",)
    assert defaults.server.workers == cpus.usable().count
    assert defaults.server.trusted_proxies is None
    assert defaults.route == (RouteSettings(),)
    assert defaults.route[0].targets is None
    assert defaults.route[0].patterns == ("*.com:*", "*.net:*")


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
        nameservers = ["192.0.2.1", "192.0.2.1:5353", "2001:db8::53", "[2001:db8::53]:53",
                       "fe80::1%eth0"]
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
        ["gateway.toml", "server.bind"],
        ["gateway.toml", "server.workers"],
        ["gateway.toml", "route[0].targets"],
        ["gateway.toml", "route[1].redirect"],
        ["gateway.toml", "route[1].prefix"],
        ["gateway.toml", "limits.request_field_kib"],
    ]


def test_a_misspelt_key_is_not_also_reported_by_its_consequence(file: Path) -> None:
    file.write_text('[server]\nbind = ["0.0.0.0:8443"]\nopn_relay = true')
    assert refused(file) == [
        "gateway.toml: server.opn_relay: unknown key; did you mean open_relay?"
    ]


def test_missing_file(tmp_path: Path) -> None:
    remedy = "name another file with --config or SIGPROXY_CONFIG"
    assert refused(tmp_path / "no.toml") == [
        "no.toml: file: cannot be read: No such file or directory; put one there (in a container: "
        f"mount one), or {remedy}"
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
        f"gateway.toml: {place}: {reason}; correct the syntax (https://toml.io)",
        "environment: SIGPROXY_SERVER__VIA: must be true or false, not 'x'; "
        "write true or false, without quotes",
    ]


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("[server]\nworkers = 1\nvia = true\nworkers = 2\n", "line 4",
         "workers is set a second time; the first is in line 2; keep one of them"),
        ('[server]\nbind = ["a"]\n# again\nbind = [\n"b",\n"c",\n]\n', "line 4",
         "bind is set a second time; the first is in line 2; keep one of them"),
        ("[server]\nsecretword = 1\nsecretword = 2", "line 3",
         "this key is set a second time; the first is in line 2; keep one of them"),
        ('[[route]]\nprefix = "/a"\n[[route]]\nprefix = "/b"\nprefix = "/c"', "line 5",
         "prefix is set a second time; the first is in line 4; keep one of them"),
        ("[server]\nvia = true\n[limits]\n[server]\n", "line 4",
         "[server] begins a second time; the first is in line 1; "
         "write all its keys below one [server]"),
        ('[[route]]\nprefix = "/a"\n[route]\n', "line 3",
         "[route] and [[route]] are not the same; the other one is in line 1; "
         "write [[route]] for each"),
        ('[route]\nprefix = "/a"\n[route]\n', "line 3",
         "[route] begins a second time; the first is in line 1; write [[route]] for each"),
        ("[server]\nworkers = 1\n[server.workers]\n", "line 3, column 16",
         "is not TOML: Cannot overwrite a value; correct the syntax (https://toml.io)"),
    ],
)  # fmt: skip
def test_what_comes_twice_is_named(file: Path, content: str, place: str, message: str) -> None:
    file.write_text(content)
    assert refused(file) == [f"gateway.toml: {place}: {message}"]


def test_not_utf8(file: Path) -> None:
    file.write_bytes("# Größe\n".encode("latin-1"))
    assert refused(file) == ["gateway.toml: file: is not UTF-8 at byte 4; save it in that encoding"]


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
    found = {(problem.source, problem.key) for problem in problems_of(outcome)}
    # What a table that the environment begins does not say there is said nowhere.
    found -= {("defaults", f"turn.{key}") for key in ("name", "secret_file", "allowed_origins")}
    found -= {("defaults", "network_test.keys")}
    assert {source for source, _ in found} <= {"environment"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=st.binary())
def test_any_bytes_give_settings_or_problems(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    outcome = attempt(file, {})
    assert isinstance(outcome, Settings) or outcome.problems
