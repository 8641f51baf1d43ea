"""Which hosts can be tried, and what is said of the others."""

from sigproxy.config import Settings
from sigproxy.tools.doctor.hosts import reach, shown
from tests.tools.doctor.told import at_gateway, only


def test_what_routes_name_is_tried_once_and_the_rest_is_named() -> None:
    routes = [
        {"presets": ["daily"], "targets": ["*.example.com", "api.example.com", "a.example:8000"]},
        {"prefix": "/again", "targets": ["api.example.com", "b.example:4000-4999"]},
        {"prefix": "/one", "dialect": "fixed", "upstream": "wss://live.example/rtc"},
    ]
    found = reach(Settings.model_validate({"route": routes}))
    assert [shown(target) for target in found.targets] == [
        *("api.example.com", "a.example:8000", "c.daily.co", "gs.daily.co", "prod-ks.pluot.blue"),
        "live.example/rtc",
    ]
    assert found.untried == ("*.example.com", "a.wss.daily.co", "b.example:4000-4999")


async def test_a_configuration_that_names_no_host_says_so() -> None:
    found = only(await at_gateway({"route": [{"targets": ["*.example.com"]}]}), "targets")
    assert (found.level, found.token) == ("warn", "targets_untried")
