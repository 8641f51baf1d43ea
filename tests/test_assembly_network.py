"""What the network test tries of a configuration, and which SDKs it has lines for."""

from typing import Any

from sigproxy.assembly.rules import build_rules
from sigproxy.config import Settings
from sigproxy.media.sdks import SDKS
from sigproxy.network.plan import Facts
from sigproxy.presets import PRESETS

KEY = "5d41402abc4b2a76"


def plan(*routes: dict[str, Any]) -> dict[str, Any]:
    document = {"network_test": {"keys": [KEY]}, "route": list(routes)}
    page = build_rules(Settings.model_validate(document)).network
    assert page is not None
    return page.plan.content(b"/-/network", KEY.encode(), Facts(0.0, "0-1", None, None))


def places(content: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each["host"], each["port"]) for each in content["vendors"]]


def test_without_the_section_there_is_no_page() -> None:
    assert build_rules(Settings()).network is None


def test_only_whole_names_are_tried_and_each_once() -> None:
    content = plan(
        {"targets": ["a.example.com", "a.example.com:443", "*.example.com", "b.example.com:*"]},
        {"prefix": "/more", "targets": ["a.example.com:8443", "c.example.com:4000-4999"]},
    )
    assert places(content) == [("a.example.com", 443), ("a.example.com", 8443)]


def test_of_a_preset_those_that_every_call_needs_and_that_are_known_before() -> None:
    content = plan(
        *(
            {"prefix": f"/{name}", "dialect": preset.dialect, "presets": [name]}
            for name, preset in PRESETS.items()
            if preset.dialect in ("path", "query")
        )
    )
    hosts = {host for host, _ in places(content)}
    assert "edge.skype.com" in hosts
    assert not hosts & {
        name.partition(":")[0] for each in PRESETS.values() for name in each.assigned
    }


def test_a_fixed_route_is_its_upstream_alone() -> None:
    content = plan(
        {
            "prefix": "/one",
            "dialect": "fixed",
            "upstream": "https://vendor.example.com/base",
            "targets": ["elsewhere.example.com"],
        }
    )
    assert [each["url"] for each in content["vendors"]] == ["/one/"]


def test_a_host_route_is_said_to_be_left_out() -> None:
    content = plan(
        {
            "dialect": "host",
            "host": "*.gw.example",
            "hosts": {"api": "api.vendor.example"},
        },
        {"targets": ["a.example.com"]},
    )
    assert places(content) == [("a.example.com", 443)]
    assert [each["route"] for each in content["not_tried"]] == ["*.gw.example"]


def test_the_sdks_are_those_of_the_routes_and_known_to_ice() -> None:
    content = plan(
        {"prefix": "/acs", "presets": ["acs"]}, {"prefix": "/daily", "presets": ["daily", "acs"]}
    )
    assert content["sdks"] == ["acs-web", "acs-android", "acs-ios", "acs-windows", "daily"]
    assert content["mounts"]["acs-web"] == "/acs"
    assert content["mounts"]["daily"] == "/daily"
    assert set(content["sdks"]) <= set(SDKS)
