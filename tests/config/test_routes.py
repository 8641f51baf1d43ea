"""Routes in the configuration: presets, fixed upstreams, and what cannot work."""

from pathlib import Path

import pytest

from sigproxy.assembly.routes import build_routes
from sigproxy.config import ConfigError, Settings, load, remarks
from sigproxy.presets import PRESETS

KEY_REMEDY = "use 8 to 128 of these, better 32: `openssl rand -hex 16` makes one"
UPSTREAM_REMEDY = "write https://host[:port][/path], without a query; the gateway uses TLS only"


def loaded(file: Path, text: str) -> Settings:
    file.write_text(text)
    return load(file, {})


def refused(file: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(file, environ or {})
    folder = f"{file.parent}/"
    return [str(problem).replace(folder, "") for problem in error.value.problems]


def route(prefix: str, dialect: str = "path", *lines: str) -> str:
    head = f'[[route]]\nprefix = "{prefix}"\ndialect = "{dialect}"\n'
    fixed = 'upstream = "https://vendor.example/"\n' if dialect == "fixed" else ""
    return head + fixed + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "patterns"),
    [
        pytest.param([], ("*.com:*", "*.net:*"), id="default"),
        pytest.param(["targets = ['a.example']"], ("a.example",), id="targets-alone"),
        pytest.param(["presets = ['watchrtc']"], PRESETS["watchrtc"].targets, id="preset-alone"),
        pytest.param(
            ["presets = ['watchrtc', 'daily']", "targets = ['a.example']"],
            ("a.example", *PRESETS["watchrtc"].targets, *PRESETS["daily"].targets),
            id="both",
        ),
    ],
)
def test_what_a_route_reaches(file: Path, lines: list[str], patterns: tuple[str, ...]) -> None:
    [found] = loaded(file, route("/", "path", *lines)).route
    assert found.patterns == patterns


@pytest.mark.parametrize(
    ("upstream", "pattern"),
    [
        ("https://a.example/base", "a.example:443"),
        ("wss://A.example:8443", "a.example:8443"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]:443"),
    ],
)
def test_a_fixed_route_reaches_its_upstream_alone(file: Path, upstream: str, pattern: str) -> None:
    [found] = loaded(file, f'[[route]]\ndialect = "fixed"\nupstream = "{upstream}"').route
    assert found.patterns == (pattern,)
    [built] = build_routes(loaded(file, f'[[route]]\ndialect="fixed"\nupstream="{upstream}"'))
    built.targets.admit(built.dialect.resolve(b"/").authority)


def test_a_fixed_route_is_no_open_relay(file: Path) -> None:
    text = '[server]\nbind = ["0.0.0.0:8443"]\n'
    assert loaded(file, text + route("/", "fixed")).route[0].patterns == ("vendor.example:443",)
    assert loaded(file, text + route("/", "path", "presets = ['acs']"))
    [problem] = refused(file, text + route("/", "path"))
    assert "an open relay" in problem


@pytest.mark.parametrize(
    ("lines", "serves"),
    [
        (route("/", "path"), True),
        (route("/", "path", "shim = false"), False),
        (route("/", "query"), False),
        (route("/", "fixed", "shim = false"), False),
    ],
)
def test_which_routes_serve_the_page_shim(file: Path, lines: str, serves: bool) -> None:
    settings = loaded(file, lines)
    assert settings.route[0].serves_shim is serves
    assert (build_routes(settings)[0].shim is not None) is serves


@pytest.mark.parametrize("dialect", ["query", "fixed"])
def test_only_the_path_dialect_has_a_page_shim(file: Path, dialect: str) -> None:
    [problem] = refused(file, route("/x", dialect, "shim = true"))
    assert f"the page shim needs the path dialect, and this route has the {dialect}" in problem
    assert 'remove shim, or set dialect = "path"' in problem


REFUSED = {
    'presets = ["acs", "zoom"]': f"unknown preset 'zoom'; known: {', '.join(PRESETS)}",
    'keys = ["short"]': "a key of 5 characters is too short, too long, or has characters other "
    f"than letters, digits, '-', '_' and '~'; {KEY_REMEDY}",
    'upstream = "http://a.example"': "'http://a.example' cannot be an upstream: "
    f"it is no URL of the form https://host[:port][/path]; {UPSTREAM_REMEDY}",
    'upstream = "https://a_b.example/"': "'https://a_b.example/' cannot be an upstream: "
    f"the host 'a_b.example' is not a host name (RFC 1123, 2.1); {UPSTREAM_REMEDY}",
    'upstream = "https://a.example/"': "the path dialect takes its upstream from the request; "
    'remove upstream, or set dialect = "fixed"',
    "keep_path = false": "the path dialect has no path to drop; "
    'remove keep_path, or set dialect = "fixed"',
}


@pytest.mark.parametrize("line", REFUSED)
def test_refused(file: Path, line: str) -> None:
    key = line.partition(" = ")[0]
    assert refused(file, f"[[route]]\n{line}") == [f"gateway.toml: route[0].{key}: {REFUSED[line]}"]


def test_a_fixed_route_needs_an_upstream(file: Path) -> None:
    assert refused(file, '[[route]]\ndialect = "fixed"') == [
        "gateway.toml: route[0].dialect: the fixed dialect needs an upstream; "
        'add upstream = "https://..." to the route'
    ]


def test_a_fixed_route_to_ourselves_is_refused(file: Path) -> None:
    [problem] = refused(file, '[server]\npublic_names = ["Vendor.example"]\n' + route("/", "fixed"))
    assert problem == (
        "gateway.toml: route[0].upstream: 'https://vendor.example/' is this gateway itself: each "
        "request would come back; name the vendor's host"
    )


# --- what works and may yet be a slip, and what never can work -------------------------------


def noted(file: Path, text: str) -> list[str]:
    return [note.replace(f"{file.parent}/", "") for note in remarks(loaded(file, text))]


def test_a_preset_of_another_dialect_is_noted(file: Path) -> None:
    assert noted(file, route("/", "path", "presets = ['acs', 'agora']")) == [
        "route[0].presets: the SDK of 'agora' uses the query dialect, "
        "but this route has the path dialect"
    ]
    assert noted(file, route("/", "query", "presets = ['agora']")) == []
    assert noted(file, route("/", "fixed", "presets = ['acs']")) == []  # where it redirects


def test_a_target_that_the_query_dialect_cannot_name(file: Path) -> None:
    assert refused(file, route("/", "query", "targets = ['a.agora.io:8080', '*.agora.io:*']")) == [
        "gateway.toml: route[0].targets: 'a.agora.io:8080' has none of the ports that the query "
        "dialect takes; use 443, 4000-5000, 5668 or 6443, which are Agora's"
    ]


@pytest.mark.parametrize("mode", ["tagged", "pass"])
def test_cookies_that_the_query_dialect_cannot_keep_apart(file: Path, mode: str) -> None:
    assert refused(file, route("/agora", "query", f'cookies = "{mode}"')) == [
        f"gateway.toml: route[0].cookies: {mode!r} is impossible: with the query dialect, all "
        "vendors have the same paths, so no cookies are forwarded; remove cookies, or set "
        'cookies = "none"'
    ]
    for line in ('cookies = "none"', ""):
        assert not build_routes(loaded(file, route("/agora", "query", line)))[0].cookies.carries


def test_cookies_of_a_route(file: Path) -> None:
    text = (
        route("/", "fixed")
        + route("/acs", "path", 'cookies = "pass"')
        + route("/hub", "fixed", 'cookies = "none"')
    )
    outer, acs, hub = (each.cookies for each in build_routes(loaded(file, text)))
    assert (outer.mode, outer.carries, outer.shared) == ("tagged", True, True)
    assert (acs.mode, acs.carries, acs.shared) == ("pass", True, False)
    assert (hub.mode, hub.carries, hub.shared) == ("none", False, False)
    [problem] = refused(file, route("/", "path", 'cookies = "some"'))
    assert problem.startswith("gateway.toml: route[0].cookies: ")


def test_an_upstream_that_is_never_dialled(file: Path) -> None:
    text = '[[route]]\ndialect = "fixed"\nupstream = "https://10.1.2.3/x"\n'
    assert refused(file, text) == [
        "gateway.toml: route[0].upstream: 10.1.2.3 is not a public address; the gateway connects "
        'only to those; if this is intended, add it: upstream.allow_networks = ["10.1.2.3"]'
    ]
    assert loaded(file, f'[upstream]\nallow_networks = ["10.1.2.3"]\n{text}')
