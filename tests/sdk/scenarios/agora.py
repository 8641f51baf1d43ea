"""Agora: joining a channel, with a number or a name for the user."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.sdk import mapping
from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step, Stray

STRAYS = {
    "4.3.0": (
        Stray(
            r"^https://logservice\.agora\.io/upload/v1$",
            "the first log is sent before anybody can call setProxyServer",
            most=1,
        ),
    ),
}
NOISE = Noise(
    drawn=(
        # Service, perhaps a number, and one of three domains: several are asked, and the first
        # answer is taken.
        (
            r"(?<=//)([\w-]+?)(-\d+)?(\.edge|\.ap)?\.(agora\.io|agoraio\.cn|sd-rtn\.com)",
            r"\1.agora",
        ),
        # With a proxy server set, the SDK leaves this out by itself.
        (r"(?<=/api/v1)\?action=config$", ""),
    ),
    clocked=r"//statscollector\.|//logservice\.",
)
EDGE = r"^wss://127-0-0-1\.edge\.[^/]*:4700/$"
NAMED = Step("number for a user's name", "POST", r"/api/v1\?action=stringuid$")
REPORTED = Step("reports", "POST", r"//statscollector-1\.[^/]*/events/messages$")
LOGGED = Step("log", "POST", r"//logservice\.[^/]*/upload/v1$")


@dataclass(frozen=True, slots=True)
class Release:
    """*joins*: whether it is content with what the edge here answers, and goes on."""

    version: str
    choice: str = r"/api/v2/transpond/webrtc\?v=2$"
    join: str = "join_v3"
    joins: bool = False
    logs: bool = True

    @property
    def module(self) -> str:
        return f"agora-{self.version}"

    def steps(self, *named: Step) -> Iterator[Step | Reached]:
        yield Step("choice of a server", "POST", self.choice)
        yield from named
        yield Step(self.join, "GET", EDGE, message=f'"{self.join}"')
        if self.joins:
            yield Reached("connected", "connection", "CONNECTED")
        yield REPORTED
        if self.logs:
            yield LOGGED


RELEASES = (
    Release("4.24.8"),
    Release("4.20.2", logs=False),  # it has nothing to send before it has joined
    Release("4.3.0", r"/api/v1\?action=wrtc_gateway$", "join_v2", joins=True),
)
PATIENCE_S = 10.0  # it asks the same again, for ever


def _of(release: Release) -> Iterator[Scenario]:
    def scenario(setting: str, *named: Step, shim: str | None = None, **more: str) -> Scenario:
        joining = tuple(release.steps(*named))
        return Scenario(
            sdk=f"Agora {release.version}",
            module=release.module,
            setting=setting,
            page="agora",
            phases=(Phase("start", joining, PATIENCE_S, ends=release.joins),),
            proxy=f"{GATEWAY}/agora",
            own=f"{GATEWAY}/agora",
            form=mapping.agora,
            shim=shim,
            sampled=release.version != "4.20.2",
            noise=NOISE,
            strays=STRAYS.get(release.version, ()),
            parameters=more,
        )

    yield scenario("join", shim=GATEWAY)
    yield scenario("user by name", NAMED, user="zoe")


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield from _of(release)
