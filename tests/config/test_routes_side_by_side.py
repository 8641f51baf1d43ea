"""Routes beside one another: each must be reachable as a whole."""

from pathlib import Path

import pytest

from sigproxy.assembly.routes import build_routes
from sigproxy.routing import match
from tests.config.test_keys import KEY
from tests.config.test_routes import loaded, refused, route

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
