"""Daily: loading the bundle that its SDK runs."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step

VERSIONS = ("0.92.2", "0.87.0")
STEPS = (
    Step("bundle", "GET", r"//c\.daily\.co/.*-bundle\.js$"),
    Reached("bundle runs", "bundle", "ran"),
)


def scenarios() -> Iterator[Scenario]:
    for version in VERSIONS:
        yield Scenario(
            f"Daily {version}",
            "join",
            "daily",
            (Phase("start", STEPS, ends=False),),  # it waits for the bundle's call machine
            f"https://{GATEWAY}",
            shim=GATEWAY,
            module=f"daily-{version}",
            sampled=version == VERSIONS[0],
        )
