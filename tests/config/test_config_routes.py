"""Routes in the configuration: presets, fixed upstreams, access keys, and what shadows what."""

from pathlib import Path

import pytest

from sigproxy.assembly import access_keys, build_routes
from sigproxy.config import ConfigError, Settings, load, remarks
from sigproxy.presets import PRESETS
from sigproxy.routing import match

KEY, OTHER = "5d41402abc4b2a76b9719d91", "7215ee9c7d9dc229d2921a40"
KEY_REMEDY = "use 8 to 128 of these, better 32: `openssl rand -hex 16` makes one"
UPSTREAM_REMEDY = "write https://host[:port][/path], without a query; the gateway uses TLS only"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


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


# --- side by side, and in the way ------------------------------------------------------------

SIDE_BY_SIDE = {
    "several-fixed-and-a-path": [
        route("/"),
        route("/watchrtc", "fixed"),
        route("/ws", "fixed"),
        route("/proxy", "fixed", "keep_path = false"),
        route("/agora", "query"),
    ],
    "below-a-fixed": [route("/", "fixed"), route("/acs"), route("/ap", "query")],
    "below-a-path": [route("/acs"), route("/acs/v1"), route("/acs/eu", "query")],
    "beside-a-form": [route("/agora", "query"), route("/agora/extra"), route("/ws", "fixed")],
    "same-word-elsewhere": [route("/agora", "query"), route("/agora2/ws", "fixed")],
}
SHADOWS = {
    "same-prefix": (
        [route("/"), route("/", "fixed")],
        "route[1].prefix: '/' is already the prefix of route[0]; "
        "give one of them another prefix, or merge the two",
    ),
    "a-form-of-agora": (
        [route("/", "query"), route("/ws", "fixed")],
        "route[1].prefix: '/ws' would take from route[0] (prefix '/') its form /ws/; "
        "choose another prefix for one of them",
    ),
    "a-form-below-a-prefix": (
        [route("/agora/ap/x"), route("/agora", "query")],
        "route[0].prefix: '/agora/ap/x' would take from route[1] (prefix '/agora') its form /ap/; "
        "choose another prefix for one of them",
    ),
    "watchrtcs-own": (
        [
            '[[route]]\ndialect = "fixed"\nupstream = "wss://watchrtc-server.cyara.com"\n',
            route("/error", "fixed"),
            route("/errors"),
        ],
        "route[1].prefix: '/error' would take from route[0] (prefix '/') watchRTC's own /error; "
        "choose another prefix for one of them",
    ),
    "a-host": (
        [route("/acs"), route("/acs/api.example.com", "fixed")],
        "route[1].prefix: '/acs/api.example.com' would take from route[0] (prefix '/acs') "
        "the target 'api.example.com'; choose another prefix for one of them",
    ),
    "a-key": (
        [route("/", "path", f"keys = ['{KEY}']"), route(f"/{KEY}", "fixed")],
        "route[1].prefix: the prefix continues with one of the access keys of route[0], and would "
        "match all requests with that key; choose another prefix, and another key: this one is no "
        "longer secret",
    ),
}


@pytest.mark.parametrize("routes", SIDE_BY_SIDE.values(), ids=SIDE_BY_SIDE)
def test_routes_side_by_side(file: Path, routes: list[str]) -> None:
    built = build_routes(loaded(file, "".join(routes)))
    assert [match(built, each.prefix + b"/x")[0] for each in built] == list(built)


@pytest.mark.parametrize(("routes", "problem"), SHADOWS.values(), ids=SHADOWS)
def test_routes_in_each_others_way(file: Path, routes: list[str], problem: str) -> None:
    assert refused(file, "".join(routes)) == [f"gateway.toml: {problem}"]


# --- access keys -----------------------------------------------------------------------------


def with_keys(file: Path, content: str) -> str:
    keys = file.with_name("keys")
    keys.write_text(content)
    return route("/", "path", f"keys_file = '{keys}'")


def test_keys_from_a_file_join_the_others(file: Path) -> None:
    text = with_keys(file, f"# since May\n\n  {KEY}  \n")
    settings = loaded(file, text + f"keys = ['{OTHER}']")
    assert settings.route[0].keys == (OTHER, KEY)
    assert build_routes(settings)[0].keys.keys == {KEY.encode(), OTHER.encode()}
    assert access_keys(settings).hidden_in(f"{KEY} {OTHER}") == "- -"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "keys holds no key; write one key in a line, or remove keys_file"),
        ("# nothing yet\n", "keys holds no key; write one key in a line, or remove keys_file"),
        (
            f"{KEY}\nbad key {OTHER}\n",
            "keys, line 2: a key of 32 characters is too short, too long, or has characters other "
            f"than letters, digits, '-', '_' and '~'; {KEY_REMEDY}",
        ),
        ("schlüssel-schlüssel\n", "keys has bytes outside ASCII; write one key in a line"),
    ],
)
def test_a_faulty_file_of_keys(file: Path, content: str, problem: str) -> None:
    """None of them may leave the route open to everybody, and none shows a key."""
    text = with_keys(file, content)
    assert refused(file, text) == [f"gateway.toml: route[0].keys_file: {problem}"]


def test_a_missing_file_of_keys(file: Path) -> None:
    assert refused(file, route("/", "path", "keys_file = '/nowhere/keys'")) == [
        "gateway.toml: route[0].keys_file: /nowhere/keys cannot be read: No such file or "
        "directory; create it with one key in a line, readable for the user who runs sigproxy"
    ]


def test_one_key_twice(file: Path) -> None:
    text = with_keys(file, KEY) + f"keys = ['{OTHER}', '{KEY}']"
    assert refused(file, text) == [
        "gateway.toml: route[0].keys: one key is listed twice (number 3, those of keys_file last); "
        "remove one"
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"[[route]]\nkeys = '{KEY}'",
        f"[[route]]\nkeys = ['{KEY}', 3]",
        f"[[route]]\nkeys = [['{KEY}']]",
        f"[[route]]\nkeys = {{a = '{KEY}'}}",
        f"[[route]]\nkeys = ['{KEY}!']",
        f"route = ['keys = {KEY}']",
    ],
)
def test_no_problem_shows_a_key(file: Path, text: str) -> None:
    problems = refused(file, text)
    assert problems
    assert KEY not in "\n".join(problems)


@pytest.mark.parametrize("value", ['[{"keys": ["%s"]', '{"keys": ["%s"]}', '[{"keys": "%s"}]'])
def test_no_problem_with_the_environment_shows_a_key(file: Path, value: str) -> None:
    problems = refused(file, "", {"SIGPROXY_ROUTE": value % KEY})
    assert problems
    assert KEY not in "\n".join(problems)


def test_settings_do_not_print_their_keys(file: Path) -> None:
    settings = loaded(file, route("/", "path", f"keys = ['{KEY}']"))
    assert KEY not in f"{settings!r} {settings}"


def test_the_example_with_several_vendors(file: Path) -> None:
    """It names a file of keys that only the operator can write."""
    example = Path(__file__).parents[2] / "conf" / "examples" / "several-vendors.toml"
    keys = file.with_name("keys")
    keys.write_text(KEY)
    settings = loaded(file, example.read_text().replace("/etc/sigproxy/keys", str(keys)))
    assert [route.keys for route in settings.route] == [(KEY,)] * 3
    acs, agora, watchrtc = build_routes(settings)
    host = b"/%b/1-2-3-4.edge.agora.io:4700/x" % KEY.encode()
    assert agora.dialect.resolve(b"/ws/?h=1-2-3-4.edge.agora.io&p=4700").authority.port == 4700
    assert acs.split_access_key(host)[1] == b"/1-2-3-4.edge.agora.io:4700/x"
    assert not acs.targets.admits(acs.dialect.resolve(acs.split_access_key(host)[1]).authority)
    assert (
        str(watchrtc.dialect.resolve(b"?apiKey=x")) == "https://watchrtc-server.cyara.com/?apiKey=x"
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


def test_keys_that_everybody_can_read_are_noted(file: Path) -> None:
    text = with_keys(file, KEY)
    file.with_name("keys").chmod(0o644)
    assert noted(file, text) == ["route[0].keys_file: every user of this machine can read keys"]
    file.with_name("keys").chmod(0o640)
    assert noted(file, text) == []


def test_a_target_that_the_query_dialect_cannot_name(file: Path) -> None:
    assert refused(file, route("/", "query", "targets = ['a.agora.io:8080', '*.agora.io:*']")) == [
        "gateway.toml: route[0].targets: 'a.agora.io:8080' has none of the ports that the query "
        "dialect takes; use 443, 4000-4999 or 6443, which are Agora's"
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
