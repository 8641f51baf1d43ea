"""``sigproxy snippet`` without a configuration or a fitting route: it says what is missing."""

from pathlib import Path

import pytest

from sigproxy.config import load
from tests.tools.snippets import (
    CALLS,
    IN_THE_APP,
    SERVER,
    STATS,
    lines,
    ran,
    route,
    upstream,
    value,
    written,
)


@pytest.mark.parametrize("vendor", IN_THE_APP)
def test_without_configuration_a_placeholder_stands_and_says_what_is_needed(
    vendor: str, tmp_path: Path
) -> None:
    result = ran(vendor)
    assert result.exit_code == 0
    assert "gateway.example stands for the gateway's name" in result.stderr
    given = value(vendor, result.stdout)
    assert "gateway.example" in given

    # The gateway that the remark describes takes what the lines make of it.
    needed = result.stderr[result.stderr.index("[[route]]") :]
    settings = load(written(tmp_path, needed), {})
    for name, sdk, target in CALLS:
        if name == vendor:
            assert upstream(settings, sdk(given, target)) == target


def test_a_name_can_be_given(tmp_path: Path) -> None:
    result = ran("acs", "--name", "GW.example:443")
    assert value("acs", result.stdout) == "https://gw.example"
    assert "stands for" not in result.stderr
    file = written(tmp_path, SERVER + route("acs", "/acs"))
    text = lines("acs", file, "--name", "lb.example:4443")
    assert value("acs", text) == "https://lb.example:4443/acs"


@pytest.mark.parametrize("name", ["https://gw.example", "gw.example/x", "a b", "", "u@gw.example"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    result = ran("acs", "--name", name)
    assert result.exit_code == 2
    assert "should be a host, or host:port" in result.stderr


def test_a_broken_configuration_is_told_as_by_check(tmp_path: Path) -> None:
    result = ran("acs", "--config", str(written(tmp_path, "[sever]\n")))
    assert result.exit_code == 1
    assert "sever" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("vendor", "routes", "reason"),
    [
        ("agora", route("acs", "/"), 'route /: its dialect is "path", and this SDK needs "query"'),
        ("acs", route("agora", "/"), 'route /: its dialect is "query", and this SDK needs "path"'),
        ("daily", route("acs", "/acs"), "route /acs: it does not reach c.daily.co, gs.daily.co"),
        (
            "acs",
            '[[route]]\ntargets = ["*.communication.microsoft.com"]\n',
            "route /: it does not reach edge.skype.com, api.flightproxy.skype.com",
        ),
        (
            "watchrtc",
            '[[route]]\ndialect = "fixed"\nupstream = "https://x.example/"\n',
            "route /: its upstream is x.example, not watchrtc-server.cyara.com",
        ),
        (
            "watchrtc",
            f'[[route]]\ndialect = "fixed"\nupstream = "{STATS}/"\nkeep_path = false\n',
            "route /: keep_path = false drops /trace and /error",
        ),
        (
            "vonage",
            f'[[route]]\ndialect = "fixed"\nupstream = "{STATS}/"\n',
            'route /: its dialect is "fixed", and this SDK needs "path"',
        ),
        ("express", route("daily", "/proxy"), "route /proxy: it does not reach ecs."),
    ],
)
def test_without_a_fitting_route_it_says_what_is_missing(
    vendor: str, routes: str, reason: str, tmp_path: Path
) -> None:
    file = written(tmp_path, SERVER + routes)
    result = ran(vendor, "--config", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr

    # What it says to add is enough.
    added = result.stderr[result.stderr.index("[[route]]") :]
    file = written(tmp_path, SERVER + routes + added)
    given = value(vendor, lines(vendor, file))
    for name, sdk, target in CALLS:
        if name == vendor:
            assert upstream(load(file, {}), sdk(given, target)) == target
