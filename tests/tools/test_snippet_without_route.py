"""``sigproxy snippet`` without a configuration or a fitting route: it says what is missing."""

from pathlib import Path

import pytest

from sigproxy.config import Settings, load
from sigproxy.config.model import RouteSettings
from sigproxy.semantics.authority import Authority
from sigproxy.tools import snippet_route
from sigproxy.tools.vendors import VENDORS
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


BY_HOST = [name for name, vendor in VENDORS.items() if vendor.hosts]


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_route_that_it_says_to_add_is_enough(vendor: str, tmp_path: Path) -> None:
    taken = (
        SERVER
        + route("watchrtc", "/")
        + '[[route]]\ndialect = "host"\nhost = "*.gw.hospital.example"\n'
        + 'hosts = { "api" = "api.vendor.example" }\n'
    )
    served = ran(vendor, "--config", str(written(tmp_path, taken)))
    if vendor == "watchrtc":
        assert served.exit_code == 0
        return
    assert (served.exit_code, served.stdout) == (1, "")
    added = served.stderr[served.stderr.index("[[route]]") :]

    file = written(tmp_path, taken + added)

    load(file, {})  # no route is hidden by another
    place = f"{vendor}-gw.hospital.example" if vendor in BY_HOST else "gw.hospital.example"
    assert place in lines(vendor, file)


@pytest.mark.parametrize(
    ("vendor", "hosts", "reason"),
    [
        ("realtimekit", '"a" = "api.realtime.cloudflare.com"', '"*" = "{}.realtime'),
        ("nertc", '"nrtc" = "nrtc.netease.im"', '"lbs" = "wecan-lbs.netease.im"'),
    ],
)
def test_a_route_by_host_needs_the_names_that_the_lines_have(
    vendor: str, hosts: str, reason: str, tmp_path: Path
) -> None:
    own = f'[[route]]\ndialect = "host"\nhost = "*.gw.example"\nhosts = {{ {hosts} }}\n'
    result = ran(vendor, "--config", str(written(tmp_path, SERVER + own)))
    assert result.exit_code == 1
    assert "route *.gw.example: its hosts do not have all of" in result.stderr
    assert reason in result.stderr


def test_the_names_are_those_of_the_route_and_the_port_is_the_gateways(tmp_path: Path) -> None:
    own = (
        '[[route]]\ndialect = "host"\nhost = "*.rtk.example"\n'
        'hosts = { "*" = "{}.realtime.cloudflare.com" }\n'
    )
    text = lines("realtimekit", written(tmp_path, SERVER + own))
    assert 'baseURI: "rtk.example:8443"' in text
    assert "a certificate for *.rtk.example." in text


@pytest.mark.parametrize(
    ("gateway", "host"),
    [
        ("gw.example.com", "*.realtimekit-gw.example.com"),
        ("gateway.com", "*.realtimekit-gateway.example"),
    ],
)
def test_a_second_host_route_is_below_no_domain_of_somebody_else(gateway: str, host: str) -> None:
    taken = RouteSettings(dialect="host", host=f"*.{gateway}", hosts={"a": "b.example.org"})
    settings = Settings(route=(taken,))
    lines = snippet_route.toml(settings, VENDORS["realtimekit"], Authority(gateway)).splitlines()
    assert f'host = "{host}"' in lines
